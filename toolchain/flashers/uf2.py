"""UF2: firmware.uf2 copied to the drive of a boot loader (RP2040, RP2350). Needs no tool.

The boot ROM restarts into the program once it has every block, and takes its drive away: that is its only answer, so
nothing can be read back. It erases the sectors that the blocks lie in.
Source: USB Flashing Format (UF2), "File containers" (INFO_UF2.TXT, Board-ID); RP2040 Datasheet 2.8.4; RP2350 Datasheet
        5.5.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from toolchain.errors import ToolError
from toolchain.flashers.base import Device, Flasher, Job
from toolchain.targets import Board

NAME = "uf2"
INFO = "INFO_UF2.TXT"
#: Where Linux lists what is mounted.
MOUNTS = Path("/proc/mounts")
#: How long a boot ROM may take to restart after the last block.
PATIENCE_S = 10.0
_BOARD_ID = re.compile(r"^Board-ID:\s*(\S+)", re.MULTILINE)
#: What closing a file on a drive that has gone says.
GONE = (errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOENT)


def _drives() -> Iterator[Path]:
    """Yield the roots of all drives."""
    if MOUNTS.is_file():
        for line in MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines():
            yield Path(re.sub(r"\\(\d{3})", lambda m: chr(int(m[1], 8)), line.split()[1]))
    elif sys.platform == "darwin":
        yield from Path("/Volumes").iterdir()
    elif sys.platform == "win32":
        yield from (Path(f"{letter}:/") for letter in "DEFGHIJKLMNOPQRSTUVWXYZ")


def _devices(board: Board) -> list[Device]:
    assert board.flash is not None
    found = []
    for drive in _drives():
        try:
            match = _BOARD_ID.search((drive / INFO).read_text(encoding="utf-8", errors="replace"))
        except OSError:  # most drives have no such file, and some may not be read
            continue
        if match is not None and match[1] == board.flash.uf2_board_id:
            found.append(Device(str(drive), f"drive {drive} ({match[1]})"))
    return found


def _flash(job: Job) -> bytes | None:
    drive, data = Path(job.device.id), job.image.file("uf2").read_bytes()
    try:
        with (drive / "firmware.uf2").open("wb", buffering=0) as file:
            file.write(data)
            os.fsync(file.fileno())
    except OSError as exc:
        if exc.errno not in GONE or (drive / INFO).exists():
            raise ToolError(
                f"cannot copy to {drive}: {exc.strerror}",
                [("file", str(job.image.elf.with_suffix(".uf2")))],
                "plug the board in again, with BOOTSEL held",
            ) from exc
    deadline = time.monotonic() + PATIENCE_S
    while (drive / INFO).exists():
        if time.monotonic() > deadline:
            raise ToolError(
                f"the boot loader at {drive} did not start the firmware within {PATIENCE_S:g} s",
                [("board", job.board.name), ("family", f"{job.board.uf2_family:#x}")],
                "a board of another chip ignores the file: check --board",
            )
        time.sleep(0.05)
    return None


FLASHER = Flasher(
    name=NAME,
    needs="the board's drive, mounted",
    reads_back=False,
    erases="sectors",
    program="",
    install="nothing to install",
    supports=lambda board: board.flash is not None and bool(board.flash.uf2_board_id and board.uf2_family),
    missing=lambda board: None,
    devices=_devices,
    flash=_flash,
)
