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
from toolchain.ops._dsp import channels, in_order, pair_words, round_up, unsupported
from toolchain.ops._linear_dsp import LinearDspParams, last_four_overlap
from toolchain.ops._storage import unfit
from toolchain.ops._walk import by_row
from toolchain.ops.base import Kernel

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams
    from toolchain.ops.linear import LinearParams


@dataclass(frozen=True)
class Fields:
    """``rotations`` has, for each four codes of a word, how far left the fields of each channel are turned.

    Of one bit f is 0 or 2, the bit at position 1 of its byte; ``pairs`` are the rotations for two channels.
    """

    name: str
    storages: tuple[str, ...]
    offset: int
    pairs: tuple[tuple[int, ...], ...]
    fours: tuple[tuple[int, ...], ...]


FIELDS = (
    Fields("s4", ("s4",), 8, ((0, 4),), ((0, 4),)),
    Fields("s2", ("s2", "t2"), 2, ((0, 2), (4, 6)), ((0, 2, 4, 6),)),
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


def pack_conv2d(kind: Fields, p: Conv2dParams) -> Conv2dDspParams:
    """Return the params with fields in the order of the patch."""
    taps, run, order = runs(p)
    c = channels(p, p.weights)
    fields = in_order_fields(c.weights.reshape(p.output_c, -1), kind.offset, order)
    count = round_up(p.output_c, 2)
    padded = np.zeros((count, fields.shape[1]), np.int64)
    padded[: p.output_c] = fields
    units = padded.reshape(count // 2, 2, -1, 4).transpose(0, 2, 1, 3)
    shared = {f.name: getattr(p, f.name) for f in dataclasses.fields(Conv2dDspParams) if hasattr(p, f.name)}
    return Conv2dDspParams(**{**shared, "run": run, "run_taps": taps, "units": len(order) // 4,
                              "weights": words_of(units, kind.pairs), "requant": pair_words(c.words(fields))})


def in_order_fields(weights: Array, offset: int, order: Sequence[int]) -> Array:
    """Return int64 [C, len(order)] of fields; zero for -1."""
    there = np.array(order) >= 0
    return np.where(there, in_order(weights, order).astype(np.int64) + offset, 0)


def pack_linear(kind: Fields, p: LinearParams) -> LinearDspParams:
    """Return the params with fields of four channels side by side."""
    c = channels(p, p.weights)
    fields = last_four_overlap(c.weights.astype(np.int64) + kind.offset)
    blocks = fields.shape[1] // 4
    padded = np.zeros((round_up(p.output_c, 4), blocks, 4), np.int64)
    padded[: p.output_c] = fields.reshape(p.output_c, blocks, 4)
    fours = padded.reshape(-1, 4, blocks, 4).transpose(0, 2, 1, 3)
    requant = np.zeros((len(padded), 2), np.int32)
    requant[: p.output_c] = c.words(fields)
    return LinearDspParams(rows=p.rows, input_c=p.input_c, output_c=p.output_c, output_zero_point=p.output_zero_point,
                           clamp_min=p.clamp_min, clamp_max=p.clamp_max, requant=requant,
                           weights=linear_words(kind, fours, p.input_c // 4))


def linear_words(kind: Fields, fours: Array, whole: int) -> Array:
    """Return the words of fields [groups, blocks, 4 channels, 4 codes]; blocks from ``whole`` on have their own."""
    if kind.name == "s4":
        return words_of(fours.reshape(len(fours), -1, 2, 4), kind.fours)
    loop, last = words_of(fours[:, :whole], kind.fours), words_of(fours[:, whole:], kind.fours[:1])
    return np.concatenate([loop, last], axis=1)


def supports(kind: Fields, p: Any) -> str | None:
    """Return why the kernel cannot take the layer, or None."""
    if why := unfit(kind.storages, p):
        return why
    if "unit" in p.storage.encode(p.weights):
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
