"""Build-time side of the Arm64 kernels for weights of 1, 2 or 4 bits: tc_fields_neon.h has the layout.

Fields are indices into a table of at most 16 codes; what stands there is multiplied by a factor of the channel, or of a
group of its codes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.ir import Array, Codebook, Int4, Storage
from toolchain.ops import _conv2d_neon, _linear_neon
from toolchain.ops._neon import ALSO, BLOCK, SLACK_BYTES, channels, matrix_weights, round_up
from toolchain.ops._storage import unfit
from toolchain.ops.base import Kernel

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams
    from toolchain.ops.linear import LinearParams

#: Storages whose fields one table of each layer decodes, and the codes of those whose table is known.
KINDS = ("s4", "s2", "t2", "b1", "cb4")
TABLES = {"s4": range(-8, 8), "s2": range(-2, 2), "t2": range(-1, 2), "b1": (1, -1)}
#: Bits of the vector that is unpacked at once, channels that are unpacked together, bytes written beyond them.
VECTOR_BITS, TOGETHER, BEYOND_BYTES = 128, 16, 64


@dataclass(frozen=True)
class Conv2dFieldsNeonParams(_conv2d_neon.Conv2dNeonParams):
    """The C twin is tc_conv2d_fields_neon_params."""

    table: Array
    factors: Array
    bits: int
    lot: int
    unpacked: int
    inside: int


@dataclass(frozen=True)
class LinearFieldsNeonParams(_linear_neon.LinearNeonParams):
    """The C twin is tc_linear_fields_neon_params."""

    table: Array
    factors: Array
    bits: int
    lot: int
    unpacked: int
    inside: int


def _table(storage: Storage, arrays: dict[str, Array]) -> Array:
    """Return the codes that fields stand for; a codebook gets a zero where it has room, for what fills up runs."""
    if storage.kind in TABLES:
        return np.array(TABLES[storage.kind], np.int64)
    used = np.unique(arrays["codebook"]).astype(np.int64)
    return np.union1d(used, [0]) if len(used) < 16 else used


def _packed(rows: Array, storage: Storage, run: int) -> dict[str, Any]:
    """Return weights, table, factors, bits and lot of codes [R, K]."""
    arrays, bits, count = storage.encode(rows), storage.bits, len(rows)
    group = storage.group if isinstance(storage, Int4) and storage.group else rows.shape[1]
    units = arrays.get("unit", np.ones(count, np.int8)).reshape(count, -1).astype(np.int64)
    group = group if units.shape[1] > 1 else rows.shape[1]
    values = rows.astype(np.int64) // np.repeat(units, group, axis=1)[:, : rows.shape[1]]
    table = _table(storage, arrays)
    order = np.argsort(table)
    blocks = matrix_weights(values.astype(np.int8).reshape(count, -1, run)).reshape(-1, BLOCK * _length(rows, run))
    found = order[np.minimum(np.searchsorted(table, blocks, sorter=order), len(table) - 1)]  # no zero: a factor of 0
    vectors = _words(rows, run, bits)
    fields = np.zeros((len(blocks), vectors * VECTOR_BITS // bits), np.int64)
    fields[:, : found.shape[1]] = found
    shifts = bits * np.arange(8 // bits)[:, None]
    words = (fields.reshape(len(blocks), vectors, 8 // bits, 16) << shifts).sum(axis=2)
    factors = np.zeros((round_up(count, BLOCK), units.shape[1]), np.int8)
    factors[:count] = units
    return {"weights": words.astype(np.uint8).view(np.int8),
            "table": np.pad(table, (0, 16 - len(table)), mode="edge").astype(np.int8),
            "factors": np.ascontiguousarray(factors.reshape(-1, BLOCK, units.shape[1]).transpose(0, 2, 1)),
            "bits": bits, "lot": vectors if units.shape[1] == 1 else group * BLOCK * bits // VECTOR_BITS}


def _length(rows: Array, run: int) -> int:
    """Return the codes of a channel with its runs filled up."""
    return int(rows.shape[1]) // run * round_up(run, BLOCK)


def _words(rows: Array, run: int, bits: int) -> int:
    return -(-BLOCK * _length(rows, run) * bits // VECTOR_BITS)


def _rows(p: Any) -> Array:
    weights: Array = channels(p, p.weights).weights.reshape(p.output_c, -1)
    return weights


def _unpacked_bytes(p: Any, run: int) -> int:
    return TOGETHER * _length(_rows(p), run) + BEYOND_BYTES


def _unsupported(p: Any, run: Callable[[Any], int], dense: Callable[[Any], str | None]) -> str | None:
    if why := unfit(KINDS, dataclasses.replace(p, weights=channels(p, p.weights).weights)):
        return why
    storage, rows = p.storage, _rows(p)
    if isinstance(storage, Codebook) and storage.per_channel:
        return "a codebook per channel"
    if run(p) % BLOCK and isinstance(storage, Int4) and storage.group:
        return "groups of runs that are no multiple of eight codes"
    if run(p) % BLOCK and 0 not in _table(storage, storage.encode(rows)):
        return "runs that are no multiple of eight codes, without a field for zero"
    return dense(p)


def _pack_conv2d(p: Conv2dParams) -> Conv2dFieldsNeonParams:
    assert p.storage is not None
    run = _conv2d_neon.run(p)
    return Conv2dFieldsNeonParams(**{**_conv2d_neon.pack(p).fields(), **_packed(_rows(p), p.storage, run)},
                                  unpacked=_unpacked_bytes(p, run), inside=_conv2d_neon.supports_inside(p) is None)


def _scratch_conv2d(p: Conv2dParams) -> int:
    inside = _conv2d_neon.supports_inside(p) is None
    return _unpacked_bytes(p, _conv2d_neon.run(p)) + (0 if inside else _conv2d_neon.scratch_bytes(p))


def _pack_linear(p: LinearParams) -> LinearFieldsNeonParams:
    assert p.storage is not None
    return LinearFieldsNeonParams(**{**_linear_neon.pack(p).fields(), **_packed(_rows(p), p.storage, p.input_c)},
                                  unpacked=_unpacked_bytes(p, p.input_c), inside=p.input_c % BLOCK == 0)


def _scratch_linear(p: LinearParams) -> int:
    return _unpacked_bytes(p, p.input_c) + (p.rows * p.input_c + SLACK_BYTES if p.input_c % BLOCK else 0)


CONV2D = (Kernel("tc_conv2d_s8_fields_neon", "neon",
                 partial(_unsupported, run=_conv2d_neon.run, dense=_conv2d_neon.supports),
                 _pack_conv2d, _scratch_conv2d, params_type="tc_conv2d_fields_neon_params", storages=KINDS, also=ALSO),)
LINEAR = (Kernel("tc_linear_s8_fields_neon", "neon",
                 partial(_unsupported, run=lambda p: p.input_c, dense=_linear_neon.supports),
                 _pack_linear, _scratch_linear, params_type="tc_linear_fields_neon_params", storages=KINDS, also=ALSO),)
