"""Read FlatBuffers from files that nobody vouches for: every offset and length is checked before it is followed.

Nothing is copied but what is asked for. A table is read by slot number (the position of a field in its schema).

Raises: ModelError for any offset, length or size outside the file.
Source: FlatBuffers internals (binary format): little endian, a table starts with the signed offset of its vtable.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import Array

#: More elements than this in one vector of tables is no model.
MAX_TABLES = 1 << 16
#: Fields of a table beyond these are not read: no table of the schema comes near.
MAX_FIELDS = 64
Scalar: TypeAlias = "int | float"


@dataclass(frozen=True)
class Buffer:
    """The bytes of a file, with checked reads."""

    data: bytes

    def unpack(self, code: str, position: int) -> Scalar:
        """Return the little-endian scalar of a struct format code at a position."""
        form = f"<{code}"
        self.require(position, struct.calcsize(form))
        value: Scalar = struct.unpack_from(form, self.data, position)[0]
        return value

    def integer(self, code: str, position: int) -> int:
        """Return a scalar as int."""
        return int(self.unpack(code, position))

    def require(self, position: int, size: int) -> None:
        """Raise ModelError unless ``size`` bytes lie at ``position``."""
        if position < 0 or size < 0 or position + size > len(self.data):
            raise ModelError(f"file is damaged: {size} bytes at offset {position} of {len(self.data)}",
                             hints="copy or export the file again")

    def root(self) -> Table:
        """Return the root table."""
        return Table.at(self, self.integer("I", 0))


@dataclass(frozen=True)
class Table:
    """One table: where it starts, and the offsets of its fields."""

    buffer: Buffer
    position: int
    offsets: tuple[int, ...]

    @classmethod
    def at(cls, buffer: Buffer, position: int) -> Table:
        """Return the table at a position."""
        vtable = position - buffer.integer("i", position)
        size = buffer.integer("H", vtable)
        buffer.require(vtable, max(size, 4))
        count = min(max(size - 4, 0) // 2, MAX_FIELDS)
        return cls(buffer, position, struct.unpack_from(f"<{count}H", buffer.data, vtable + 4))

    def _field(self, slot: int) -> int | None:
        offset = self.offsets[slot] if slot < len(self.offsets) else 0
        return self.position + offset if offset else None

    def _target(self, slot: int) -> int | None:
        field = self._field(slot)
        return None if field is None else field + self.buffer.integer("I", field)

    def integer(self, slot: int, code: str = "i", default: int = 0) -> int:
        """Return an integer, enumeration or boolean field."""
        field = self._field(slot)
        return default if field is None else self.buffer.integer(code, field)

    def real(self, slot: int, default: float = 0.0) -> float:
        """Return a float32 field."""
        field = self._field(slot)
        return default if field is None else float(self.buffer.unpack("f", field))

    def table(self, slot: int) -> Table | None:
        """Return a sub-table, None where it is absent."""
        target = self._target(slot)
        return None if target is None else Table.at(self.buffer, target)

    def array(self, slot: int, dtype: str) -> Array | None:
        """Return a vector of scalars as a read-only view, None where it is absent."""
        target = self._target(slot)
        if target is None:
            return None
        count, kind = self.buffer.integer("I", target), np.dtype(dtype).newbyteorder("<")
        self.buffer.require(target + 4, count * kind.itemsize)
        return np.frombuffer(self.buffer.data, kind, count, target + 4)

    def integers(self, slot: int) -> tuple[int, ...]:
        """Return a vector of int32 as a tuple, empty where it is absent."""
        values = self.array(slot, "i4")
        return () if values is None else tuple(int(v) for v in values[: MAX_TABLES + 1])

    def text(self, slot: int) -> str:
        """Return a string, empty where it is absent; bytes that are not UTF-8 are replaced."""
        values = self.array(slot, "u1")
        return "" if values is None else values.tobytes().decode("utf-8", "replace")

    def tables(self, slot: int) -> list[Table]:
        """Return a vector of tables, empty where it is absent."""
        offsets = self.array(slot, "u4")
        if offsets is None:
            return []
        if len(offsets) > MAX_TABLES:
            raise ModelError(f"file is damaged: a list of {len(offsets)} entries, at most {MAX_TABLES}")
        target = self._target(slot)
        assert target is not None
        return [Table.at(self.buffer, target + 4 + 4 * i + int(offset)) for i, offset in enumerate(offsets)]
