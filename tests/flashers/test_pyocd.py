"""pyOCD's own flashing code, with its own flash algorithm on an emulated core, behind a probe that is not there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flashers import elf
from toolchain import flashers, targets
from toolchain.errors import TargetError, ToolError, UsageError, VerificationError
from toolchain.progress import Progress

pytest.importorskip("pyocd")

from pyocd.board.board_ids import BOARD_ID_TO_INFO
from pyocd.core.memory_map import FlashRegion, MemoryType
from pyocd.probe.aggregator import PROBE_CLASSES
from pyocd.target import TARGET

from tests.flashers.chip import Chip, Nrf51822, Nrf52833, Nrf52840
from tests.flashers.probe import Probe

BOARD, SERIAL = "microbit-v2", "9904360258824e45"
START = 0x3000


@pytest.fixture
def chips(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Chip]]:
    """Return the probes that pyOCD finds, by serial number; one is plugged in."""
    for name in list(PROBE_CLASSES):
        monkeypatch.delitem(PROBE_CLASSES, name)
    monkeypatch.setitem(PROBE_CLASSES, "fake", Probe)
    Probe.chips.clear()
    Probe.chips[SERIAL] = Nrf52833()
    yield Probe.chips
    Probe.chips.clear()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> flashers.Image:
    """Return an image that ends within its third page, with a gap."""
    data = random.Random(1).randbytes(0x2345)
    path = tmp_path_factory.mktemp("image") / "firmware.elf"
    return elf.write(path, [(START, data[:0x1001]), (START + 0x1100, data[0x1001:])])


def flash(image: flashers.Image, board: str = BOARD, probe: str | None = None) -> flashers.Flashed:
    return flashers.flash(targets.boards()[board], image, tool="pyocd", probe=probe)


def test_image_is_written_read_back_and_started(chips: dict[str, Chip], image: flashers.Image) -> None:
    chip = chips[SERIAL]
    done = flash(image)
    assert (done.tool, done.read_back, done.sha256) == ("pyocd", True, image.sha256)
    for address, data in image.parts:
        assert chip.flash(address, len(data)) == data
    assert chip.started and not chip.violations


def test_nothing_is_erased_beyond_the_sectors_of_the_image(chips: dict[str, Chip], image: flashers.Image) -> None:
    chip, earlier = chips[SERIAL], random.Random(2).randbytes(0x8000)
    chip.fill(0, earlier)
    flash(image)
    assert sorted(chip.erased) == [0x3000, 0x4000, 0x5000] and not chip.mass_erased
    assert chip.flash(0, 0x3000) == earlier[:0x3000] and chip.flash(0x6000, 0x2000) == earlier[0x6000:]


def test_progress_reaches_the_end(chips: dict[str, Chip], image: flashers.Image) -> None:
    heard: list[int] = []

    class Listener(Progress):
        def step(self, what: str, done: int, total: int) -> None:
            heard.append(done * 100 // total)

    flashers.flash(targets.boards()[BOARD], image, tool="pyocd", progress=Listener())
    assert heard[-1] == 100 and len(set(heard)) > 2 and all(0 <= share <= 100 for share in heard)


def test_flashing_the_same_again_erases_nothing(chips: dict[str, Chip], image: flashers.Image) -> None:
    flash(image)
    chips[SERIAL].erased.clear()
    assert flash(image).read_back
    assert not chips[SERIAL].erased


@pytest.mark.parametrize(
    ("board", "chip", "start"), [("microbit-v1", Nrf51822(), 0x3000), ("arduino-nano33ble", Nrf52840(), 0x20000)]
)
def test_its_other_chips_of_our_boards(
    board: str, chip: Chip, start: int, chips: dict[str, Chip], tmp_path: Path
) -> None:
    del chips[SERIAL]
    chips["probe"] = chip
    chip.fill(0, bytes(chip.flash_bytes))
    image = elf.write(tmp_path / "firmware.elf", [(start, random.Random(7).randbytes(2 * chip.page_bytes + 4))])
    assert flash(image, board).read_back
    assert sorted(chip.erased) == [start + i * chip.page_bytes for i in range(3)] and not chip.violations
    end = start + 3 * chip.page_bytes
    assert chip.flash(0, start) == bytes(start) and not any(chip.flash(end, chip.flash_bytes - end))


def test_a_locked_chip_stays_locked(chips: dict[str, Chip], image: flashers.Image) -> None:
    chips[SERIAL] = Nrf52833(locked=True)
    with pytest.raises(ToolError, match="found the flash locked: microbit-v2 was not flashed") as caught:
        flash(image)
    assert caught.value.exit_code == 5 and "pyocd erase --mass" in str(caught.value)
    assert not chips[SERIAL].mass_erased and not chips[SERIAL].erased


def test_another_chip_is_left_alone(chips: dict[str, Chip], tmp_path: Path) -> None:
    image = elf.write(tmp_path / "firmware.elf", [(0x10000, bytes(64))])
    with pytest.raises(ToolError, match="the chip at the probe is not that of arduino-nano33ble") as caught:
        flash(image, "arduino-nano33ble", probe=SERIAL)
    assert "= 0x52833, expected 0x52840" in str(caught.value) and not chips[SERIAL].erased


def test_a_bit_that_does_not_flash_is_found(chips: dict[str, Chip], image: flashers.Image) -> None:
    place = image.data.index(0, 0x1001)
    chips[SERIAL] = Nrf52833(stuck=[image.parts[1][0] + place - 0x1001])
    with pytest.raises(VerificationError, match=rf"does not hold the image: 1 of {0x2345} bytes differ") as caught:
        flash(image)
    assert caught.value.exit_code == 4 and f"byte {place}: ff" in str(caught.value)


def test_a_probe_that_is_pulled_out_is_an_error(
    chips: dict[str, Chip], image: flashers.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(address: int, data: bytes) -> None:
        raise OSError(19, "No such device (it may have been disconnected)")

    monkeypatch.setattr(chips[SERIAL], "write", gone)
    with pytest.raises(ToolError, match="lost the device") as caught:
        flash(image)
    assert caught.value.exit_code == 5


def test_several_probes_need_a_name(chips: dict[str, Chip], image: flashers.Image) -> None:
    other = "9905000011112222"
    chips[other] = Nrf52833()
    with pytest.raises(UsageError, match="2 devices could flash microbit-v2") as caught:
        flash(image)
    assert SERIAL in str(caught.value) and other in str(caught.value)
    flash(image, probe="11112222")
    assert chips[other].started and not chips[SERIAL].erased


def test_a_probe_of_another_board_is_used_only_when_named(chips: dict[str, Chip], image: flashers.Image) -> None:
    chips["0777abcd"] = chips.pop(SERIAL)
    with pytest.raises(ToolError, match="no probe to flash microbit-v2 through was found") as caught:
        flash(image)
    assert "sits on nucleo-f446re" in str(caught.value)
    assert flash(image, probe="0777abcd").read_back


def test_of_several_probes_the_board_s_own_is_taken(chips: dict[str, Chip], image: flashers.Image) -> None:
    chips["E6614103E7"] = Nrf52833()
    flash(image)
    assert chips[SERIAL].started


def test_an_image_outside_the_flash_is_refused(chips: dict[str, Chip], tmp_path: Path) -> None:
    image = elf.write(tmp_path / "firmware.elf", [(0x08000000, bytes(64))])
    with pytest.raises(TargetError, match="does not lie in the flash of microbit-v2: 0x08000000"):
        flash(image)
    with pytest.raises(TargetError, match="exists in emulators only"):
        flash(image, board="sim-cortex-m4")


@pytest.mark.parametrize("name", sorted(n for n, b in targets.boards().items() if b.flash is not None))
def test_pyocd_knows_the_board(name: str) -> None:
    board = targets.boards()[name]
    assert board.flash is not None
    infos = {BOARD_ID_TO_INFO[board_id].name.lower() for board_id in board.flash.board_ids}
    alike = {"microbit": "micro:bit", "stm32f4-discovery": "disco-f407vg"}
    wanted = alike.get(name, alike.get(name.split("-")[0], name))
    assert all(info.startswith(wanted) for info in infos), infos
    chip = TARGET.get(board.flash.pyocd)
    if chip is None:  # from a CMSIS pack: named as pyOCD names the chips of its boards
        known = {info.target for info in BOARD_ID_TO_INFO.values()}
        assert board.flash.pyocd in known or board.flash.pyocd == "stm32f100rb"
        return
    memory, regions = board.region("flash"), map_of(chip)
    ends = [(r.start, r.end + 1) for r in regions if r.type == MemoryType.FLASH]
    position = memory.origin
    while position < memory.origin + memory.size_bytes:
        position = next(end for start, end in sorted(ends) if start <= position < end)


def map_of(chip: type) -> list[FlashRegion]:
    """Return the memory map of a pyOCD target's class."""
    return list(next(value for key, value in vars_of(chip) if key.endswith("MEMORY_MAP")))


def vars_of(chip: type) -> list[tuple[str, object]]:
    return [item for base in chip.__mro__ for item in vars(base).items()]
