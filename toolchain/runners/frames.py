"""Frames of the serial protocol: one frame is COBS(version, sequence, type, payload, CRC-32) and a zero byte.

Source: docs/protocol.md; the device's twin is codegen_templates/app/common/tc_protocol.c. CRC-32: IEEE 802.3, as zlib
        has it. COBS: Cheshire and Baker, "Consistent Overhead Byte Stuffing" (IEEE/ACM Trans. on Networking, 1999).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from cobs import cobs

VERSION = 1
#: What a frame adds to its payload, before COBS.
OVERHEAD_BYTES = 3 + 4
ANSWER = 0x80
ERROR = 0xFF


class Request(IntEnum):
    """Types of requests; the answer's type has bit 7 set."""

    HELLO = 1
    WRITE = 2
    RUN = 3
    READ = 4
    PROFILE = 5
    DUMP = 6
    STACK = 7
    RESET = 8
    FAULT = 9
    INFER = 10


class ErrorCode(IntEnum):
    """Payload of an ERROR answer."""

    VERSION = 1
    TYPE = 2
    LENGTH = 3
    RANGE = 4
    INPUTS = 5
    STATE = 6
    FAULT = 7


class CycleKind(IntEnum):
    """What a device's cycle counts are."""

    NONE = 0
    DWT = 1
    SYSTICK = 2
    HOST_NS = 3


@dataclass(frozen=True)
class Frame:
    """One decoded, intact frame."""

    version: int
    sequence: int
    type: int
    payload: bytes


def encode(frame: Frame) -> bytes:
    """Return the bytes on the wire, the closing zero included."""
    body = struct.pack("<BBB", frame.version, frame.sequence, frame.type) + frame.payload
    return bytes(cobs.encode(body + struct.pack("<I", zlib.crc32(body)))) + b"\0"


def decode(encoded: bytes) -> Frame | None:
    """Return the frame between two zeros; None when it is not intact."""
    try:
        raw = bytes(cobs.decode(encoded))
    except cobs.DecodeError:
        return None
    if len(raw) < OVERHEAD_BYTES or zlib.crc32(raw[:-4]) != int.from_bytes(raw[-4:], "little"):
        return None
    return Frame(raw[0], raw[1], raw[2], raw[3:-4])


class Decoder:
    """Finds intact frames in a stream of bytes; what is damaged is counted and skipped up to the next zero."""

    def __init__(self, limit_bytes: int = 8192) -> None:
        self.limit_bytes = limit_bytes
        self.damaged = 0
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that ``data`` completes."""
        *ends, rest = data.split(b"\0")
        for part in ends:
            encoded = bytes(self._pending + part)
            self._pending.clear()
            if not encoded:
                continue
            if (frame := decode(encoded)) is None:
                self.damaged += 1
            else:
                yield frame
        self._pending += rest
        if len(self._pending) > self.limit_bytes:  # no frame is that long: the zero was lost
            del self._pending[: -self.limit_bytes]
