"""nrfjprog of Nordic's command line tools: nRF51 and nRF52 through a J-Link.

Source: nRF Command Line Tools, "nrfjprog commands" and "nrfjprog exit codes" (16 and 33); Intel Hexadecimal Object File
        Format Specification, revision A.
"""

from __future__ import annotations

import shutil
import subprocess

from toolchain.errors import ToolError
from toolchain.flashers.base import Device, Flasher, Job, not_on_path, read_file, run_tool
from toolchain.targets import Board

NAME = "nrfjprog"
INSTALL = "https://www.nordicsemi.com/Products/Development-tools/nRF-Command-Line-Tools"


def _devices(board: Board) -> list[Device]:
    if shutil.which(NAME) is None:
        return []
    result = subprocess.run([NAME, "--ids"], capture_output=True, text=True, errors="replace", check=False)
    return [Device(serial, f"SEGGER J-Link, serial {serial}") for serial in result.stdout.split() if serial.isdigit()]


def _flash(job: Job) -> bytes | None:
    assert job.board.flash is not None
    image, copy = job.image, job.scratch / "read.hex"
    chosen = ["--snr", job.device.id, "--family", job.board.flash.nrfjprog]
    unlock = f"{NAME} --recover --snr {job.device.id}"
    run_tool(NAME, job, [NAME, "--program", str(image.file("hex")), "--sectorerase", *chosen], unlock)
    run_tool(NAME, job, [NAME, "--readcode", str(copy), *chosen], unlock)
    run_tool(NAME, job, [NAME, "--reset", *chosen])
    return memory_of(read_file(NAME, copy).decode("ascii", "replace"), image.start, image.span_bytes)


def memory_of(text: str, start: int, size: int) -> bytes:
    """Return ``size`` bytes from address ``start`` of an Intel HEX text; what it lacks is erased (0xff)."""
    memory, base = bytearray(b"\xff" * size), 0
    for line in text.split():
        try:
            record = bytes.fromhex(line.removeprefix(":"))
        except ValueError:
            record = b""
        if len(record) < 5 or sum(record) & 0xFF or record[0] != len(record) - 5:
            raise ToolError(f"{NAME} read back a damaged file", [("record", line[:60])])
        address, kind, data = int.from_bytes(record[1:3], "big"), record[3], record[4:-1]
        if kind in (2, 4):
            base = int.from_bytes(data, "big") << (4 if kind == 2 else 16)
        elif kind == 0:
            for index, byte in enumerate(data, base + address - start):
                if 0 <= index < size:
                    memory[index] = byte
    return bytes(memory)


FLASHER = Flasher(
    name=NAME,
    needs="a J-Link at the board's SWD pins",
    reads_back=True,
    erases="sectors",
    program=NAME,
    install=INSTALL,
    supports=lambda board: board.flash is not None and bool(board.flash.nrfjprog),
    missing=not_on_path(NAME, INSTALL),
    devices=_devices,
    flash=_flash,
)
