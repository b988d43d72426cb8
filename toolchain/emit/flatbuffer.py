"""Write a FlatBuffer from plain values: a table is a mapping from slot number to field.

Source: FlatBuffers internals (binary format). The builder comes from the package flatbuffers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from toolchain.ir import Array

#: Alignment of vectors of bytes: what the schema asks for weights.
BYTES_ALIGN = 16


@dataclass(frozen=True)
class Scalar:
    """A scalar field: NumPy type code (``i1 u1 i4 u4 i8 f4``) and value."""

    code: str
    value: int | float


#: One field: a scalar, a string, a vector of scalars, a table, or a vector of tables.
Field: TypeAlias = "Scalar | str | Array | Mapping[int, Any] | Sequence[Mapping[int, Any]]"
Table: TypeAlias = Mapping[int, Field]


def serialize(root: Table, identifier: bytes) -> bytes:
    """Return the bytes of a FlatBuffer file; ``identifier`` has four bytes."""
    import flatbuffers

    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(_table(builder, root), file_identifier=identifier)
    return bytes(builder.Output())


def _table(builder: Any, table: Table) -> int:
    """Write a table, what it refers to first; return its offset."""
    targets = {slot: _target(builder, field) for slot, field in table.items() if not isinstance(field, Scalar)}
    builder.StartObject(max(table, default=-1) + 1)
    for slot in sorted(table):
        field = table[slot]
        if isinstance(field, Scalar):
            kind = np.dtype(field.code)
            builder.Prep(kind.itemsize, 0)
            _prepend(builder, np.array(field.value, kind).tobytes())
            builder.Slot(slot)
        else:
            builder.PrependUOffsetTRelativeSlot(slot, targets[slot], 0)
    return int(builder.EndObject())


def _target(builder: Any, field: Field) -> int:
    if isinstance(field, str):
        return int(builder.CreateString(field))
    if isinstance(field, Mapping):
        return _table(builder, field)
    if isinstance(field, np.ndarray):
        data = np.ascontiguousarray(field)
        size = data.dtype.itemsize
        builder.StartVector(size, data.size, BYTES_ALIGN if size == 1 else size)
        _prepend(builder, data.astype(data.dtype.newbyteorder("<")).tobytes())
        return int(builder.EndVector())
    assert not isinstance(field, Scalar)
    offsets = [_table(builder, table) for table in field]
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def _prepend(builder: Any, data: bytes) -> None:
    """Put bytes in front of what is written; the builder has made room."""
    builder.head -= len(data)
    builder.Bytes[builder.head : builder.head + len(data)] = data
