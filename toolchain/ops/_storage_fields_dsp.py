"""Build-time side of the kernels for the DSP extension whose weights are fields of 4, 2 or 1 bits.

A weight w is stored as f = w + offset; tc_multiply_4x2_fields_dsp.h and tc_multiply_1x4_fields_dsp.h say where.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.ir import Array
from toolchain.ops import _conv2d_dsp
from toolchain.ops._conv2d_dsp import Conv2dDspParams, patch_bytes, runs
from toolchain.ops._dsp import channels, in_order, pair_words, unsupported
from toolchain.ops._linear_dsp import LinearDspParams, last_overlap
from toolchain.ops._storage import unfit
from toolchain.ops._walk import by_row
from toolchain.ops.base import Kernel

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams
    from toolchain.ops.linear import LinearParams


@dataclass(frozen=True)
class Fields:
    """``rotations`` has, for each four codes of a word, how far left the fields of each channel are turned.

    Of one bit f is 0 or 2, the bit at position 1 of its byte; ``pairs`` are the rotations for two channels, ``fours``
    those for four. ``offset`` 0: each channel has its own, in a word before the weights.
    """

    name: str
    storages: tuple[str, ...]
    offset: int
    pairs: tuple[tuple[int, ...], ...]
    fours: tuple[tuple[int, ...], ...]


FIELDS = (
    Fields("s4", ("s4",), 8, ((0, 4),), ((0, 4),)),
    Fields("s2", ("s2", "t2"), 0, ((0, 2), (4, 6)), ((0, 2, 4, 6),)),
    Fields("b1", ("b1",), 1, ((0, 1), (2, 3), (4, 5), (6, 31)), ((0, 1, 2, 3), (4, 5, 6, 31))),
)


def words_of(fields: Array, rotations: Sequence[Sequence[int]]) -> Array:
    """Return int32 [R, W] of fields [R, units, channels, 4]; the last unit is the last of its word."""
    per_word = len(rotations)
    missing = -fields.shape[1] % per_word
    fields = np.pad(fields, ((0, 0), (missing, 0), (0, 0), (0, 0))).astype(np.uint64)
    fields = fields.reshape(len(fields), -1, per_word, *fields.shape[2:])
    words = np.zeros(fields.shape[:2], np.uint64)
    for slot, turns in enumerate(rotations):
        for channel, turn in enumerate(turns):
            word = (fields[:, :, slot, channel] << np.array([0, 8, 16, 24], np.uint64)).sum(axis=-1, dtype=np.uint64)
            words |= ((word << np.uint64(turn)) | (word >> np.uint64(32 - turn))) & np.uint64(0xFFFFFFFF)
    return np.ascontiguousarray(words.astype(np.uint32)).view(np.int32)


def offsets(kind: Fields, weights: Array) -> Array:
    """Return the offset of each channel, int64 [C], for weights [C, K]: of 2 bits -2..1 or -1..2 become 0..3."""
    if kind.offset:
        return np.full(len(weights), kind.offset)
    return np.where(weights.max(axis=1, initial=0) > 1, 1, 2)


def with_offsets(kind: Fields, words: Array, own: Array) -> Array:
    """Return words [R, W] behind a word with the offsets [R, 2 or 4] of a row's channels, where they have their own."""
    if kind.offset:
        return words
    codes = np.zeros((len(words), 4), np.uint8)
    codes[:, : own.shape[1]] = own
    return np.concatenate([codes.view(np.int32), words], axis=1)


def pack_conv2d(kind: Fields, p: Conv2dParams) -> Conv2dDspParams:
    """Return the params with fields in the order of the patch."""
    taps, run, order = runs(p)
    c = channels(p, p.weights)
    rows = c.weights.reshape(p.output_c, -1).astype(np.int64)
    own = offsets(kind, rows)
    fields = np.where(np.array(order) >= 0, in_order(rows, order) + own[:, None], 0)
    units = padded(fields, 2).reshape(-1, 2, len(order) // 4, 4).transpose(0, 2, 1, 3)
    shared = {f.name: getattr(p, f.name) for f in dataclasses.fields(Conv2dDspParams) if hasattr(p, f.name)}
    return Conv2dDspParams(**{
        **shared, "run": run, "run_taps": taps, "units": len(order) // 4, "requant": pair_words(c.words(fields)),
        "weights": with_offsets(kind, words_of(units, kind.pairs), padded(own[:, None], 2).reshape(-1, 2))})


def padded(rows: Array, multiple: int) -> Array:
    """Return rows [R, K] with rows of zeros added until there is a multiple."""
    return np.pad(rows, ((0, -len(rows) % multiple), (0, 0)))


def pack_linear(kind: Fields, p: LinearParams) -> LinearDspParams:
    """Return the params with fields of four channels side by side."""
    c = channels(p, p.weights)
    own = offsets(kind, c.weights)
    fields = last_overlap(c.weights.astype(np.int64) + own[:, None], 4)
    fours = padded(fields, 4).reshape(-1, 4, fields.shape[1] // 4, 4).transpose(0, 2, 1, 3)
    words = linear_words(kind, fours, p.input_c // 4)
    return LinearDspParams(rows=p.rows, input_c=p.input_c, output_c=p.output_c, output_zero_point=p.output_zero_point,
                           clamp_min=p.clamp_min, clamp_max=p.clamp_max, requant=padded(c.words(fields), 4),
                           weights=with_offsets(kind, words, padded(own[:, None], 4).reshape(-1, 4)))


def linear_words(kind: Fields, fours: Array, whole: int) -> Array:
    """Return the words of fields [groups, blocks, 4 channels, 4 codes]; blocks from ``whole`` on have their own."""
    if kind.name == "s4":
        return words_of(fours.reshape(len(fours), -1, 2, 4), kind.fours)
    loop, last = words_of(fours[:, :whole], kind.fours), words_of(fours[:, whole:], kind.fours[:1])
    return np.concatenate([loop, last], axis=1)


def fits(kind: Fields, rows: Array) -> bool:
    """Tell whether the weights [C, K] themselves are fields, without factors."""
    if kind.name == "b1":
        return bool(np.all(np.abs(rows) == 1))
    fields = rows.astype(np.int64) + offsets(kind, rows)[:, None]
    return bool(np.all((fields >= 0) & (fields < (16 if kind.name == "s4" else 4))))


def supports(kind: Fields, p: Any) -> str | None:
    """Return why the kernel cannot take the layer, or None."""
    if why := unfit(kind.storages, p):
        return why
    if not fits(kind, p.weights.reshape(p.output_c, -1)):
        return f"{p.storage} weights with factors"
    if "rows" in {f.name for f in dataclasses.fields(p)} and p.input_c < 4:
        return "fewer than four inputs"
    if kind.name == "b1" and not np.array_equal(channels(p, p.weights).weights, p.weights):
        return "a channel whose output is constant"
    return unsupported(p, p.weights)


CONV2D = tuple(Kernel(f"tc_conv2d_{kind.name}_dsp", "dsp", partial(supports, kind), partial(pack_conv2d, kind),
                      scratch_bytes=patch_bytes, params_type="tc_conv2d_dsp_params", walk=_conv2d_dsp.walk,
                      storages=kind.storages) for kind in FIELDS)
LINEAR = tuple(Kernel(f"tc_linear_{kind.name}_dsp", "dsp", partial(supports, kind), partial(pack_linear, kind),
                      params_type="tc_linear_dsp_params", walk=lambda p: by_row(p.rows, p.input_c, p.output_c, 4),
                      storages=kind.storages) for kind in FIELDS)
