"""OpenOCD itself, with its own flash algorithm on an emulated core, behind a debug port that is not there."""

from __future__ import annotations

import contextlib
import random
import shutil
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.flashers import elf
from tests.flashers.conftest import Bus
from toolchain import flashers, targets
from toolchain.errors import ToolError, VerificationError

pytest.importorskip("pyocd", reason="the emulated chip is built on pyOCD's interfaces")

from tests.flashers.chip import Chip, Nrf52833
from tests.flashers.jtag import Server
from tests.flashers.stm32 import Stm32f100, Stm32f446, Stm32g0b1, Stm32h743, Stm32l4r5, Stm32u575

SCRIPTS = Path("/usr/share/openocd/scripts")
BOARD, START = "microbit-v2", 0x3000
Connect = Callable[[Chip], None]


@pytest.fixture
def connect(bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Return a function that puts a chip behind a probe which OpenOCD reaches over TCP."""
    if shutil.which("openocd") is None or not SCRIPTS.is_dir():
        pytest.skip("openocd is not installed")
    servers = []

    def get(chip: Chip) -> None:
        servers.append(Server(chip))
        servers[-1].start()
        config = tmp_path / "probe.cfg"
        config.write_text(
            f"adapter driver remote_bitbang\nremote_bitbang host 127.0.0.1\nremote_bitbang port {servers[-1].number}\n"
        )
        probe = targets.Probe(name="emulated", description="emulated", usb=("ffff:0001",), openocd=("-f", str(config)))
        monkeypatch.setattr(targets, "probes", lambda: {"emulated": probe})
        bus.plug("ffff:0001")

    # The chips' own files, for JTAG with nothing but the core on it: an nRF52 has none, an STM32 has a second TAP.
    folder = tmp_path / "scripts" / "target"
    folder.mkdir(parents=True)
    second = ("jtag newtap $_CHIPNAME bs -irlen 5", "")
    for name, (old, new) in {
        "nrf52.cfg": ("-expected-id", "-irlen 4 -expected-id"),
        "stm32l4x.cfg": second,
        "stm32f4x.cfg": second,
        "stm32f1x.cfg": second,
        "stm32h7x.cfg": second,
        "stm32x5x_common.cfg": second,
    }.items():
        text = (SCRIPTS / "target" / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))
    monkeypatch.setenv("OPENOCD_SCRIPTS", str(tmp_path / "scripts"))
    yield get
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> flashers.Image:
    """Return an image that ends within its second page, at no whole word."""
    data = random.Random(4).randbytes(0x1345)
    return elf.write(tmp_path_factory.mktemp("image") / "with space.elf", [(START, data)])


def flash(image: flashers.Image, board: str = BOARD) -> flashers.Flashed:
    return flashers.flash(targets.boards()[board], image, tool="openocd")


def test_image_is_written_read_back_and_started(connect: Connect, image: flashers.Image) -> None:
    chip, earlier = Nrf52833(), random.Random(5).randbytes(0x8000)
    chip.fill(0, earlier)
    connect(chip)
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # the port is taken already
            stack.enter_context(socket.create_server(("127.0.0.1", 3333)))  # as by another OpenOCD
        done = flash(image)
    assert done.read_back and done.sha256 == image.sha256
    assert chip.flash(START, len(image.data)) == image.data
    assert sorted(chip.erased) == [0x3000, 0x4000] and not chip.mass_erased
    assert chip.flash(0, START) == earlier[:START] and chip.flash(0x5000, 0x3000) == earlier[0x5000:]
    assert chip.started and not chip.violations


#: board -> its chip, where in flash an image of 0x1234 bytes lies, which sectors that is, where they end
STM32 = {
    "nucleo-l4r5zi": (Stm32l4r5, 0x0000, [0x0000, 0x1000], 0x2000),
    "nucleo-g0b1re": (Stm32g0b1, 0x0000, [0x0000, 0x0800, 0x1000], 0x1800),
    "nucleo-f446re": (Stm32f446, 0x3800, [0x0000, 0x4000], 0x8000),
    "nucleo-h743zi": (Stm32h743, 0xFF800, [0xE0000, 0x100000], 0x120000),
    "nucleo-u575zi": (Stm32u575, 0x100000, [0x100000], 0x102000),
    "stm32vldiscovery": (Stm32f100, 0x0000, [0x0000, 0x0400, 0x0800, 0x0C00, 0x1000], 0x1400),
}


@pytest.mark.parametrize("board", sorted(STM32))
def test_stm32_of_our_boards(board: str, connect: Connect, tmp_path: Path) -> None:
    kind, start, sectors, end = STM32[board]
    chip = kind()
    origin, vectors = chip.flash_origin, struct.pack("<II", 0x20001000, chip.flash_origin + start + 9)
    chip.fill(origin, vectors + bytes(chip.flash_bytes - len(vectors)))
    connect(chip)
    data = vectors + random.Random(6).randbytes(0x122C)
    assert flash(elf.write(tmp_path / "firmware.elf", [(origin + start, data)]), board).read_back
    assert chip.flash(origin + start, len(data)) == data
    assert sorted(set(chip.erased)) == [origin + sector for sector in sectors] and not chip.violations
    assert not any(chip.flash(origin + 8, max(0, sectors[0] - 8))) and not any(
        chip.flash(origin + end, chip.flash_bytes - end)
    )
    assert chip.started


def test_a_locked_chip_stays_locked(connect: Connect, image: flashers.Image) -> None:
    chip = Nrf52833(locked=True)
    connect(chip)
    with pytest.raises(ToolError, match="openocd found the flash locked: microbit-v2 was not flashed"):
        flash(image)
    assert not chip.mass_erased and not chip.erased


def test_another_chip_is_left_alone(connect: Connect, tmp_path: Path) -> None:
    chip = Nrf52833()
    connect(chip)
    with pytest.raises(ToolError, match="the chip at the probe is not that of arduino-nano33ble"):
        flash(elf.write(tmp_path / "other.elf", [(0x10000, bytes(64))]), "arduino-nano33ble")
    assert not chip.erased


def test_a_bit_that_does_not_flash_is_found(connect: Connect, image: flashers.Image) -> None:
    place = image.data.index(0)
    connect(Nrf52833(stuck=[START + place]))
    with pytest.raises(VerificationError, match=f"does not hold the image: 1 of {len(image.data)} bytes differ"):
        flash(image)
