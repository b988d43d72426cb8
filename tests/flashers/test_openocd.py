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

from tests.flashers.chip import Chip, Nrf52833, Stm32l4r5
from tests.flashers.jtag import Server

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
    for name, old, new in (
        ("nrf52.cfg", "-expected-id", "-irlen 4 -expected-id"),
        ("stm32l4x.cfg", "jtag newtap $_CHIPNAME bs -irlen 5", ""),
    ):
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


def test_an_stm32_is_flashed_too(connect: Connect, tmp_path: Path) -> None:
    chip = Stm32l4r5()
    data = struct.pack("<II", 0x20001000, chip.flash_origin + 9) + random.Random(6).randbytes(0x122C)
    chip.fill(chip.flash_origin, bytes(0x4000))
    connect(chip)
    done = flash(elf.write(tmp_path / "firmware.elf", [(chip.flash_origin, data)]), "nucleo-l4r5zi")
    assert done.read_back and chip.flash(chip.flash_origin, len(data)) == data
    assert chip.erased == [0x08000000, 0x08001000] and chip.flash(0x08002000, 0x2000) == bytes(0x2000)
    assert chip.started and not chip.violations


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
