"""firmware.uf2 of real images, read back by a reader that is not ours, and its copy to a boot loader's drive."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.flashers import elf, uf2_file
from toolchain import flashers, targets
from toolchain.errors import ToolError, UsageError
from toolchain.flashers import uf2

FAMILIES = {"rpi-pico": 0xE48BFF56, "rpi-pico2": 0xE48BFF59}
INFO = {
    "rpi-pico": "UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n",
    "rpi-pico2": "UF2 Bootloader v1.0\nModel: Raspberry Pi RP2350\nBoard-ID: RP2350\n",
}


class BootRom(threading.Thread):
    """A drive that takes UF2 files of one family, as a boot ROM does: with the last block it goes away."""

    def __init__(self, folder: Path, board: str) -> None:
        super().__init__(daemon=True)
        self.folder, self.family, self.flash = folder, FAMILIES[board], dict[int, bytes]()
        folder.mkdir()
        (folder / uf2.INFO).write_text(INFO[board])

    def run(self) -> None:
        file = self.folder / "firmware.uf2"
        while not self.flash:
            data = file.read_bytes() if file.is_file() else b""
            if data and len(data) // 512 == int.from_bytes(data[24:28], "little"):
                contents = uf2_file.parse(data)
                if contents.family != self.family:
                    return
                self.flash = dict(contents.parts)
            time.sleep(0.005)
        (self.folder / uf2.INFO).unlink()


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file that lists what is mounted: a disk, and two drives with a space in their names."""
    path = tmp_path / "mounts"
    lines = ["proc /proc proc rw 0 0"]
    lines += [f"/dev/sd{i} {tmp_path}/BOOT\\040{i} vfat rw 0 0" for i in (1, 2)]
    path.write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(uf2, "MOUNTS", path)
    return path


def image_for(board: str, folder: Path) -> flashers.Image:
    data = bytes(i * 7 & 0xFF for i in range(1000))
    parts = [(0x10000000, data[:256]), (0x10000100, data[256:])]
    return elf.write(folder / "firmware.elf", parts, targets.boards()[board].uf2_family)


def flash(board: str, folder: Path, probe: str | None = None) -> flashers.Flashed:
    return flashers.flash(targets.boards()[board], image_for(board, folder), tool="uf2", probe=probe)


@pytest.mark.parametrize("board", sorted(FAMILIES))
def test_the_drive_gets_every_page(board: str, mounts: Path, tmp_path: Path) -> None:
    rom = BootRom(tmp_path / "BOOT 1", board)
    rom.start()
    done = flash(board, tmp_path)
    rom.join(5)
    image = image_for(board, tmp_path)
    assert b"".join(rom.flash[a] for a in sorted(rom.flash))[: len(image.data)] == image.data
    assert done.device.endswith("BOOT 1 (RPI-RP2)" if board == "rpi-pico" else "BOOT 1 (RP2350)")
    assert not done.read_back


def test_the_drive_of_another_chip_is_not_taken(mounts: Path, tmp_path: Path) -> None:
    BootRom(tmp_path / "BOOT 1", "rpi-pico2")
    with pytest.raises(ToolError, match="no probe to flash rpi-pico through was found") as caught:
        flash("rpi-pico", tmp_path)
    assert "the board's drive, mounted, with uf2" in str(caught.value) and "hold BOOTSEL" in str(caught.value)


def test_two_drives_need_a_name(mounts: Path, tmp_path: Path) -> None:
    roms = [BootRom(tmp_path / f"BOOT {i}", "rpi-pico") for i in (1, 2)]
    with pytest.raises(UsageError, match="2 devices could flash rpi-pico"):
        flash("rpi-pico", tmp_path)
    roms[1].start()
    flash("rpi-pico", tmp_path, probe="BOOT 2")
    roms[1].join(5)
    assert roms[1].flash and not (tmp_path / "BOOT 1" / "firmware.uf2").exists()


def test_a_boot_loader_that_does_not_start_the_firmware(
    mounts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uf2, "PATIENCE_S", 0.1)
    BootRom(tmp_path / "BOOT 1", "rpi-pico")
    with pytest.raises(ToolError, match="did not start the firmware within") as caught:
        flash("rpi-pico", tmp_path)
    assert "0xe48bff56" in str(caught.value)


def test_a_drive_that_cannot_be_written(mounts: Path, tmp_path: Path) -> None:
    BootRom(tmp_path / "BOOT 1", "rpi-pico")
    (tmp_path / "BOOT 1" / "firmware.uf2").mkdir()
    with pytest.raises(ToolError, match="cannot copy to"):
        flash("rpi-pico", tmp_path)


def test_a_build_without_the_file_says_so(mounts: Path, tmp_path: Path) -> None:
    BootRom(tmp_path / "BOOT 1", "rpi-pico")
    image = image_for("rpi-pico", tmp_path)
    image.elf.with_suffix(".uf2").unlink()
    with pytest.raises(ToolError, match=r"firmware\.uf2 is missing"):
        flashers.flash(targets.boards()["rpi-pico"], image, tool="uf2")
