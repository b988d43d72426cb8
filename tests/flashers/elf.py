"""ELF files with nothing but bytes at addresses."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from toolchain.compilers import images
from toolchain.flashers import Image

HEADER, PROGRAM = 52, 32


def write(path: Path, parts: Sequence[tuple[int, bytes]], uf2_family: int = 0) -> Image:
    """Write a 32-bit little-endian Arm ELF file with a PT_LOAD for each part, and the other images beside it."""
    data = HEADER + PROGRAM * len(parts)
    head = b"\x7fELF\x01\x01\x01" + bytes(9)
    head += struct.pack(
        "<HHIIIIIHHHHHH", 2, 40, 1, parts[0][0] | 1, HEADER, 0, 0, HEADER, PROGRAM, len(parts), 40, 0, 0
    )
    table, body = b"", b""
    for address, content in parts:
        size = len(content)
        table += struct.pack("<8I", 1, data + len(body), address, address, size, size, 5, 4)
        body += content
    path.write_bytes(head + table + body)
    images.write(path, uf2_family)
    return Image(tuple(images.segments(path)[1]), path)
