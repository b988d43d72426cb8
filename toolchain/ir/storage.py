"""How the codes of a weights tensor lie in flash: packed, by a codebook, or without their zeros.

``Tensor.data`` keeps the int8 codes whatever the storage, so that references, passes and exports do not know of it;
only kernels read the encoded arrays. A row is all codes of one output channel, in the tensor's order.

Shapes: codes int8 of any shape; ``axis`` is that of the output channels. Rows are [R, K].
Units:  sizes in bytes, with indices, codebooks, counts and padding to whole words.
Raises: ModelError from ``check`` and ``encode`` when the codes do not fit.
Source: Han et al., "Deep Compression" (ICLR 2016), section 3: relative indices with a filler zero; Mishra et al.,
        "Accelerating Sparse Deep Neural Networks" (2021): N:M; Zhu et al., "Trained Ternary Quantization" (ICLR 2017).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from toolchain.errors import ModelError, UsageError, unknown_name
from toolchain.ir._bit_fields import pack_fields, unpack_fields

Array: TypeAlias = npt.NDArray[Any]
Arrays: TypeAlias = Mapping[str, Array]

#: Codes of a block of ``Blocks``.
BLOCK = 4


@dataclass(frozen=True)
class Storage:
    """Base of the storages. ``packed``: keep the codes so even where a dense int8 kernel is faster."""

    kind: ClassVar[str] = ""
    packed: bool = field(default=True, kw_only=True)

    def __str__(self) -> str:
        return type(self).__name__.lower()

    def encode(self, codes: Array, axis: int = 0) -> dict[str, Array]:
        """Return the arrays that lie in flash, by name; ModelError when the codes do not fit."""
        return self._encode_rows(rows_of(codes, axis), innermost(codes, axis))

    def decode(self, arrays: Arrays, shape: tuple[int, ...], axis: int = 0) -> Array:
        """Return the int8 codes of this shape: exactly those that were encoded."""
        count = int(np.prod(shape, dtype=np.int64)) // max(1, shape[axis])
        return tensor_of(self._decode_rows(arrays, (shape[axis], count)), shape, axis)

    def size_bytes(self, codes: Array, axis: int = 0) -> int:
        """Return the bytes of all encoded arrays."""
        return sum(array.nbytes for array in self.encode(codes, axis).values())

    def check(self, codes: Array, axis: int = 0) -> None:
        """Raise ModelError when the codes cannot be stored so."""
        self.encode(codes, axis)

    @property
    def bits(self) -> int:
        """Nominal bits of a stored code."""
        return 8

    def _encode_rows(self, rows: Array, innermost: int) -> dict[str, Array]:
        raise NotImplementedError

    def _decode_rows(self, arrays: Arrays, shape: tuple[int, int]) -> Array:
        raise NotImplementedError

    def _refuse(self, problem: str, row: int | None = None) -> ModelError:
        details = [] if row is None else [("output channel", str(row))]
        return ModelError(f"weights cannot be stored as {self}: {problem}", details, "quantise them to that grid first")


@dataclass(frozen=True)
class _Fields(Storage):
    """``bits`` bits a code, first code in the highest bits of an int32 word, rows in whole words.

    Where the fields are not the codes themselves ``unit`` int8 [R] multiplies each row.
    """

    low: ClassVar[int] = 0
    high: ClassVar[int] = 0

    def _encode_rows(self, rows: Array, innermost: int) -> dict[str, Array]:
        units = np.array([self._unit(row, i) for i, row in enumerate(rows)], dtype=np.int64).reshape(-1)
        arrays = {"weights": pack_fields(self._to_fields(rows // units[:, None]), self.bits)}
        return arrays if np.all(units == 1) else {**arrays, "unit": units.astype(np.int8)}

    def _decode_rows(self, arrays: Arrays, shape: tuple[int, int]) -> Array:
        rows = self._from_fields(unpack_fields(arrays["weights"], self.bits, shape[1]))
        return rows * arrays["unit"].astype(np.int64)[:, None] if "unit" in arrays else rows

    def _unit(self, row: Array, index: int) -> int:
        divisor = int(np.gcd.reduce(row)) if row.any() else 1
        for unit in (1, divisor, -1, -divisor):
            if self._holds(row // unit):
                return unit
        raise self._refuse(f"codes {_sample(row)} are not {self.low}..{self.high} times one number", index)

    def _holds(self, values: Array) -> bool:
        return bool(np.all((values >= self.low) & (values <= self.high)))

    def _to_fields(self, values: Array) -> Array:
        return values

    def _from_fields(self, fields: Array) -> Array:
        return fields


@dataclass(frozen=True)
class Int4(_Fields):
    """Four bits, -8..7; ``group`` > 0: each run of so many codes of a row times a multiplier of its own, int8."""

    kind: ClassVar[str] = "s4"
    low: ClassVar[int] = -8
    high: ClassVar[int] = 7
    group: int = 0

    def __str__(self) -> str:
        return f"int4 in groups of {self.group}" if self.group else "int4"

    def __post_init__(self) -> None:
        if self.group < 0 or self.group % 8:
            raise UsageError(f"groups of {self.group} codes do not fill words: a multiple of 8 is needed")

    @property
    def bits(self) -> int:
        return 4

    def _encode_rows(self, rows: Array, innermost: int) -> dict[str, Array]:
        if not self.group:
            return super()._encode_rows(rows, innermost)
        starts = range(0, rows.shape[1], self.group)
        units = np.array([[self._unit(row[s : s + self.group], i) for s in starts] for i, row in enumerate(rows)],
                         dtype=np.int64).reshape(len(rows), -1)
        return {"weights": pack_fields(rows // self._spread(units, rows.shape[1]), 4), "unit": units.astype(np.int8)}

    def _decode_rows(self, arrays: Arrays, shape: tuple[int, int]) -> Array:
        if not self.group:
            return super()._decode_rows(arrays, shape)
        return unpack_fields(arrays["weights"], 4, shape[1]) * self._spread(arrays["unit"].astype(np.int64), shape[1])

    def _spread(self, units: Array, count: int) -> Array:
        spread: Array = np.repeat(units, self.group, axis=1)[:, :count]
        return spread


@dataclass(frozen=True)
class Int2(_Fields):
    """Two bits, -2..1 times one number a row."""

    kind: ClassVar[str] = "s2"
    low: ClassVar[int] = -2
    high: ClassVar[int] = 1

    @property
    def bits(self) -> int:
        return 2


@dataclass(frozen=True)
class Ternary(_Fields):
    """Two bits, -1..1 times one number a row."""

    kind: ClassVar[str] = "t2"
    low: ClassVar[int] = -1
    high: ClassVar[int] = 1

    @property
    def bits(self) -> int:
        return 2


@dataclass(frozen=True)
class Binary(_Fields):
    """One bit, set for -1 and clear for +1, times one number a row."""

    kind: ClassVar[str] = "b1"
    low: ClassVar[int] = -1
    high: ClassVar[int] = 1

    @property
    def bits(self) -> int:
        return 1

    def _holds(self, values: Array) -> bool:
        return bool(np.all(np.abs(values) == 1))

    def _to_fields(self, values: Array) -> Array:
        return (values < 0).astype(np.int64)

    def _from_fields(self, fields: Array) -> Array:
        return 1 + 2 * fields  # a field of one bit is 0 or -1


@dataclass(frozen=True)
class Codebook(Storage):
    """Four-bit indices into ``codebook`` int8 [1 or R, 16]: one table, or one per output channel."""

    kind: ClassVar[str] = "cb4"
    per_channel: bool = False

    def __str__(self) -> str:
        return "codebook per channel" if self.per_channel else "codebook"

    @property
    def bits(self) -> int:
        return 4

    def _encode_rows(self, rows: Array, innermost: int) -> dict[str, Array]:
        tables = []
        for i, part in enumerate(rows if self.per_channel else rows.reshape(1, -1)):
            values = np.unique(part) if part.size else np.zeros(1, np.int64)
            if len(values) > 16:
                raise self._refuse(f"{len(values)} different codes, at most 16", i if self.per_channel else None)
            tables.append(np.pad(values, (0, 16 - len(values)), mode="edge"))
        index = [np.searchsorted(tables[i if self.per_channel else 0], row) for i, row in enumerate(rows)]
        return {"weights": pack_fields(np.array(index, dtype=np.int64).reshape(rows.shape), 4),
                "codebook": np.array(tables, dtype=np.int8)}

    def _decode_rows(self, arrays: Arrays, shape: tuple[int, int]) -> Array:
        index = unpack_fields(arrays["weights"], 4, shape[1], signed=False)
        tables = np.broadcast_to(arrays["codebook"], (shape[0], 16))
        found: Array = np.take_along_axis(tables, index, axis=1)
        return found


@dataclass(frozen=True)
class NM(Storage):
    """At most ``n`` codes that are not zero in each ``m`` (4, 8 or 16) along the input channels: values, indices."""

    kind: ClassVar[str] = "nm"
    n: int = 2
    m: int = 4

    def __str__(self) -> str:
        return f"{self.n}:{self.m}"

    def __post_init__(self) -> None:
        if self.m not in (4, 8, 16) or not 0 < self.n < self.m:
            raise UsageError(f"{self.n}:{self.m} is not a pattern: N below M, and M 4, 8 or 16")

    @property
    def index_bits(self) -> int:
        """Bits of an index; fields divide a word."""
        return 2 if self.m == 4 else 4

    def _encode_rows(self, rows: Array, innermost: int) -> dict[str, Array]:
        if innermost % self.m:
            raise self._refuse(f"{innermost} input channels are not a multiple of {self.m}")
        groups = rows.reshape(len(rows), -1, self.m)
        if (worst := np.count_nonzero(groups, axis=2)).max(initial=0) > self.n:
            raise self._refuse(f"{worst.max()} codes of {self.m} are not zero", int(np.argwhere(worst > self.n)[0][0]))
        kept = np.sort(np.argsort(groups == 0, axis=2, kind="stable")[..., : self.n], axis=2)
        values = np.take_along_axis(groups, kept, axis=2)
        return {"values": values.reshape(len(rows), -1).astype(np.int8),
                "weights": pack_fields(kept.reshape(len(rows), -1), self.index_bits)}

    def _decode_rows(self, arrays: Arrays, shape: tuple[int, int]) -> Array:
        groups = np.zeros((shape[0], shape[1] // self.m, self.m), dtype=np.int8)
        index = unpack_fields(arrays["weights"], self.index_bits, arrays["values"].shape[1], signed=False)
        np.put_along_axis(groups, index.reshape(*groups.shape[:2], self.n),
                          arrays["values"].reshape(*groups.shape[:2], self.n), axis=2)
        return groups.reshape(shape)


@dataclass(frozen=True)
class _Listed(Storage):
    """Entries of each row in order: how many units lie between an entry and the one before it, and its values.

    ``counts`` uint16 [R]; a distance above the largest that fits is bridged by entries whose values are zero.
    """

    width: ClassVar[int] = 1

    @property
    def largest(self) -> int:
        """Largest distance of one entry."""
        return 255

    def _entries(self, rows: Array) -> tuple[list[int], list[int], list[Array]]:
        counts: list[int] = []
        skips: list[int] = []
        values: list[Array] = []
        for row in rows.reshape(len(rows), -1, self.width):
            before, start = 0, len(skips)
            for at in np.nonzero(row.any(axis=1))[0].tolist():
                while at - before > self.largest:
                    skips.append(self.largest)
                    values.append(np.zeros(self.width, np.int64))
                    before += self.largest + 1
                skips.append(at - before)
                values.append(row[at])
                before = at + 1
            counts.append(len(skips) - start)
        return counts, skips, values

    def _encode_rows(self, rows: Array, innermost: int) -> dict[str, Array]:
        if innermost % self.width:
            raise self._refuse(f"{innermost} input channels are not a multiple of {self.width}")
        counts, skips, values = self._entries(rows)
        if max(counts, default=0) > 65535:
            raise self._refuse(f"{max(counts)} entries of a row, at most 65535", int(np.argmax(counts)))
        return {"counts": np.array(counts, np.uint16), "index": self._pack_skips(counts, skips),
                "values": np.array(values, np.int8).reshape(-1)}

    def _decode_rows(self, arrays: Arrays, shape: tuple[int, int]) -> Array:
        rows = np.zeros((shape[0], shape[1] // self.width, self.width), np.int8)
        counts = arrays["counts"].astype(np.int64)
        skips, values = self._unpack_skips(counts, arrays["index"]), arrays["values"].reshape(-1, self.width)
        first = 0
        for row, count in zip(rows, counts.tolist(), strict=True):
            row[np.cumsum(skips[first : first + count] + 1) - 1] = values[first : first + count]
            first += count
        return rows.reshape(shape)

    def _pack_skips(self, counts: list[int], skips: list[int]) -> Array:
        return np.array(skips, np.uint8)

    def _unpack_skips(self, counts: Array, index: Array) -> Array:
        return index.astype(np.int64)


@dataclass(frozen=True)
class Blocks(_Listed):
    """Blocks of four codes along the input channels that are not all zero, each with a distance of 8 bits."""

    kind: ClassVar[str] = "blk"
    width: ClassVar[int] = BLOCK

    def __str__(self) -> str:
        return "1x4 blocks"


@dataclass(frozen=True)
class Sparse(_Listed):
    """Each code that is not zero, with a distance of ``index_bits`` 8 or 4 (two in a byte, rows in whole bytes)."""

    kind: ClassVar[str] = "csr"
    index_bits: int = 8

    def __str__(self) -> str:
        return f"sparse with {self.index_bits}-bit distances"

    def __post_init__(self) -> None:
        if self.index_bits not in (4, 8):
            raise UsageError(f"indices of {self.index_bits} bits: 4 or 8")

    @property
    def largest(self) -> int:
        return int((1 << self.index_bits) - 1)

    def _pack_skips(self, counts: list[int], skips: list[int]) -> Array:
        if self.index_bits == 8:
            return np.array(skips, np.uint8)
        nibbles: list[int] = []
        first = 0
        for count in counts:
            nibbles += skips[first : first + count] + [0] * (count & 1)
            first += count
        pairs = np.array(nibbles, np.uint8).reshape(-1, 2)
        return pairs[:, 0] | (pairs[:, 1] << 4)

    def _unpack_skips(self, counts: Array, index: Array) -> Array:
        if self.index_bits == 8:
            return index.astype(np.int64)
        nibbles = np.stack([index & 15, index >> 4], axis=1).reshape(-1).astype(np.int64)
        starts = np.concatenate([[0], np.cumsum(counts + (counts & 1))[:-1]])
        kept = [nibbles[s : s + c] for s, c in zip(starts.tolist(), counts.tolist(), strict=True)]
        return np.concatenate(kept) if kept else nibbles


KINDS: Mapping[str, type[Storage]] = {k.kind: k for k in (Int4, Int2, Ternary, Binary, Codebook, NM, Blocks, Sparse)}


def storage_to_record(storage: Storage | None) -> dict[str, Any] | None:
    """Return plain values for JSON: the kind and the parameters."""
    return None if storage is None else {"kind": storage.kind, **dataclasses.asdict(storage)}


def storage_from_record(record: Mapping[str, Any] | None) -> Storage | None:
    """Return the storage of ``storage_to_record``; UsageError for an unknown kind."""
    if record is None:
        return None
    if record["kind"] not in KINDS:
        raise UsageError(*unknown_name("storage", record["kind"], KINDS))
    return KINDS[record["kind"]](**{k: v for k, v in record.items() if k != "kind"})


def rows_of(codes: Array, axis: int) -> Array:
    """Return int64 [R, K] of codes whose output channels lie on ``axis``."""
    moved = np.moveaxis(codes, axis, 0)
    count = int(np.prod(moved.shape[1:], dtype=np.int64))
    return moved.reshape(len(moved), count).astype(np.int64)


def tensor_of(rows: Array, shape: tuple[int, ...], axis: int) -> Array:
    """Return the int8 tensor of ``rows_of``."""
    moved = (shape[axis], *shape[:axis], *shape[axis + 1 :])
    return np.ascontiguousarray(np.moveaxis(rows.reshape(moved), 0, axis)).astype(np.int8)


def innermost(codes: Array, axis: int) -> int:
    """Return how many codes lie side by side along the input channels."""
    return int(np.moveaxis(codes, axis, 0).shape[-1]) if codes.ndim > 1 else 1


def _sample(row: Array) -> str:
    values = np.unique(row).tolist()
    return ", ".join(map(str, values[:8])) + (", ..." if len(values) > 8 else "")
