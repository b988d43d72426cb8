"""A reader of UF2 files, written from their specification and from nothing of the tool."""

from __future__ import annotations

from dataclasses import dataclass

MAGIC = (b"UF2\n", bytes.fromhex("57515d9e"), bytes.fromhex("306fb10a"))
NOT_MAIN_FLASH, FILE_CONTAINER, FAMILY_PRESENT = 0x1, 0x1000, 0x2000


@dataclass
class File:
    """What a file asks a boot loader to write: (address, 256 bytes) each, for one family."""

    family: int
    parts: list[tuple[int, bytes]]


def parse(data: bytes) -> File:
    """Return the contents; AssertionError for a file that a boot loader would not take."""
    assert data and len(data) % 512 == 0
    blocks = [data[i : i + 512] for i in range(0, len(data), 512)]
    families, parts = set(), []
    for index, block in enumerate(blocks):
        flags, address, size, number, count, family = (
            int.from_bytes(block[i : i + 4], "little") for i in range(8, 32, 4)
        )
        assert (block[:4], block[4:8], block[508:]) == MAGIC
        assert flags & FAMILY_PRESENT and not flags & (NOT_MAIN_FLASH | FILE_CONTAINER)
        assert (number, count) == (index, len(blocks))
        assert size == 256 and address % 256 == 0, "the boot ROM takes whole pages only (RP2040 Datasheet 2.8.4.2)"
        families.add(family)
        parts.append((address, block[32 : 32 + size]))
    assert len(families) == 1
    assert len({address for address, _ in parts}) == len(parts)
    return File(families.pop(), parts)
