"""Raw binary, Intel HEX and UF2 images of an ELF file, so that no objcopy is needed.

Source: Intel Hexadecimal Object File Format Specification, revision A (records 00, 01, 04 and 05); USB Flashing Format
        (UF2), file format specification: blocks of 512 bytes, of which 256 are data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

from elftools.elf.elffile import ELFFile

FILL = b"\xff"  # what erased flash reads as
RECORD = 16
UF2_MAGIC = (0x0A324655, 0x9E5D5157, 0x0AB16F30)
UF2_FAMILY_PRESENT = 0x2000
UF2_DATA = 256


def segments(elf: Path) -> tuple[int, list[tuple[int, bytes]]]:
    """Return the entry address and the loaded bytes as (load address, data), by address."""
    with elf.open("rb") as file:
        image = ELFFile(file)
        loaded = [(int(s["p_paddr"]), bytes(s.data())) for s in image.iter_segments("PT_LOAD") if s["p_filesz"]]
        return int(image["e_entry"]), sorted(loaded)


def binary(parts: Sequence[tuple[int, bytes]]) -> bytes:
    """Return the bytes from the first to the last address; gaps hold 0xff."""
    image = bytearray()
    start = parts[0][0] if parts else 0
    for address, data in parts:
        image += FILL * (address - start - len(image)) + data
    return bytes(image)


def intel_hex(parts: Sequence[tuple[int, bytes]], entry: int) -> str:
    """Return the image as Intel HEX text, with the entry address in a type 05 record."""
    return "\n".join(_record(*r) for r in _records(parts, entry)) + "\n"


def _records(parts: Sequence[tuple[int, bytes]], entry: int) -> Iterator[tuple[int, int, bytes]]:
    upper = -1
    for start, data in parts:
        position = 0
        while position < len(data):
            address = start + position
            if address >> 16 != upper:
                upper = address >> 16
                yield 4, 0, upper.to_bytes(2, "big")
            size = min(RECORD, len(data) - position, 0x10000 - (address & 0xFFFF))
            yield 0, address & 0xFFFF, data[position:position + size]
            position += size
    yield 5, 0, entry.to_bytes(4, "big")
    yield 1, 0, b""


def _record(kind: int, address: int, data: bytes) -> str:
    body = bytes((len(data), address >> 8, address & 0xFF, kind)) + data
    return f":{body.hex().upper()}{-sum(body) & 0xFF:02X}"


def uf2(parts: Sequence[tuple[int, bytes]], family: int) -> bytes:
    """Return the image as UF2 blocks of whole, aligned pages of 256 bytes; what no part fills reads as erased flash."""
    pages: dict[int, bytearray] = {}
    for start, data in parts:
        for address in range(start - start % UF2_DATA, start + len(data), UF2_DATA):
            page = pages.setdefault(address, bytearray(FILL * UF2_DATA))
            begin, end = max(start, address), min(start + len(data), address + UF2_DATA)
            page[begin - address : end - address] = data[begin - start : end - start]
    blocks = []
    for number, (address, page) in enumerate(sorted(pages.items())):
        head = (*UF2_MAGIC[:2], UF2_FAMILY_PRESENT, address, UF2_DATA, number, len(pages), family)
        blocks.append(struct.pack("<8I476sI", *head, bytes(page), UF2_MAGIC[2]))
    return b"".join(blocks)


def write(elf: Path, uf2_family: int = 0) -> None:
    """Write firmware.bin and firmware.hex beside an ELF file, and firmware.uf2 for a board of a UF2 family."""
    entry, parts = segments(elf)
    elf.with_suffix(".bin").write_bytes(binary(parts))
    elf.with_suffix(".hex").write_text(intel_hex(parts, entry), encoding="ascii", newline="\n")
    if uf2_family:
        elf.with_suffix(".uf2").write_bytes(uf2(parts, uf2_family))
