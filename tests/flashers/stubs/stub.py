"""What the stubs share: a flash in a file, a record of the calls, the mode."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NoReturn

HERE, NAME = Path(sys.argv[0]).parent, Path(sys.argv[0]).name
MODE = (HERE / f"{NAME}.mode").read_text()
FLASH = HERE / f"{NAME}.flash"


def record() -> list[str]:
    """Note the arguments of this call and return them."""
    with (HERE / f"{NAME}.calls").open("a") as log:
        log.write(json.dumps(sys.argv[1:]) + "\n")
    return sys.argv[1:]


def fail(message: str, status: int = 1) -> NoReturn:
    """End as a tool does that failed."""
    print(message, file=sys.stderr)
    raise SystemExit(status)


def need(condition: object, arguments: list[str]) -> None:
    """End as a tool does that does not know its arguments."""
    if not condition:
        fail(f"invalid arguments: {arguments}", 64)


def program(parts: list[tuple[int, bytes]]) -> None:
    """Write parts into the flash."""
    memory = json.loads(FLASH.read_text()) if FLASH.is_file() else {}
    for address, data in parts:
        for offset, byte in enumerate(data):
            memory[str(address + offset)] = byte
    if MODE == "mismatch":
        first = min(memory, key=int)
        memory[first] ^= 0x10
    FLASH.write_text(json.dumps(memory))


def contents(address: int, size: int) -> bytes:
    """Return what the flash holds, erased where nothing was written, or the register that tells the chip."""
    if size == 4:
        value = 0x6415 if MODE == "other-chip" else int((HERE / "chip").read_text(), 0)
        return (value | 0x10000000).to_bytes(4, "little")
    memory = json.loads(FLASH.read_text())
    return bytes(memory.get(str(a), 0xFF) for a in range(address, address + size))
