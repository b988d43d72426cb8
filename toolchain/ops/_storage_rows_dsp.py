"""Build-time side of the linear kernels for the DSP extension whose weights are looked up, listed or have factors.

tc_linear_stored_dsp.h says where the layouts are.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import NM, Array, Codebook, Int4, Sparse
from toolchain.ops._dsp import Channels, channels, round_up, unsupported
from toolchain.ops._linear_dsp import LinearDspParams
from toolchain.ops._storage import unfit
from toolchain.ops._storage_fields_dsp import FIELDS, words_of
from toolchain.ops._walk import by_row
from toolchain.ops.base import Kernel

if TYPE_CHECKING:
    from toolchain.ops.linear import LinearParams

#: Output channels that a block takes; the first sum that is too large, for sums that are kept as they are.
TOGETHER, LARGEST = 4, 1 << 30
#: Words of a table of pairs of weights.
PAIRS_BYTES = 1024
#: Of four codes, where the table of 2:4 has the pair at these places (tc_linear_s8_nm_2of4_dsp.c).
PLACES = {(0, 2): 0, (1, 3): 1, (0, 1): 2, (2, 3): 3, (0, 3): 4, (1, 2): 5}
#: Bytes of a unit of the tables of 1:4 and 2:4, and the codes that it stands for.
UNIT_BYTES, UNIT_CODES = {1: 64, 2: 24}, {1: 8, 2: 4}


@dataclass(frozen=True)
class LinearStoredDspParams(LinearDspParams):
    """The C twin is tc_linear_stored_dsp_params."""

    values: Array
    counts: Array
    group: int


def _params(p: LinearParams, c: Channels, weights: Array, values: Array | None = None, counts: Array | None = None,
            requant: Array | None = None, group: int = 0) -> LinearStoredDspParams:
    """Return the params with these arrays; requantisation words for whole blocks of channels."""
    words = c.plain_words() if requant is None else requant
    return LinearStoredDspParams(
        rows=p.rows, input_c=p.input_c, output_c=p.output_c, output_zero_point=p.output_zero_point,
        clamp_min=p.clamp_min, clamp_max=p.clamp_max, weights=weights,
        requant=np.pad(words, ((0, -len(words) % TOGETHER), (0, 0))),
        values=np.zeros(0, np.int8) if values is None else values,
        counts=np.zeros(0, np.uint16) if counts is None else counts, group=group)


def _blocks(rows: Array, together: int) -> Array:
    """Return rows [O, I] as [groups of four channels, 4, units, together], zeros where there are none."""
    padded = np.pad(rows, ((0, -len(rows) % TOGETHER), (0, -rows.shape[1] % together)))
    return padded.reshape(-1, TOGETHER, padded.shape[1] // together, together)


def _words(codes: Array) -> Array:
    """Return int32 [...] of bytes [..., 4]."""
    return np.ascontiguousarray(codes.astype(np.uint8)).view(np.int32)[..., 0]


def _unfit(kind: str, p: LinearParams) -> str | None:
    if why := unfit((kind,), dataclasses.replace(p, weights=channels(p, p.weights).weights)):
        return why
    return unsupported(p, p.weights, LARGEST)


def pack_codebook(p: LinearParams) -> LinearStoredDspParams:
    """Return the params with two indices in a byte, of the codes 0 and 2, or 1 and 3, of each four."""
    c = channels(p, p.weights)
    table = np.unique(c.weights)
    index = _blocks(np.searchsorted(table, c.weights), 4)
    pairs = index[..., :2] | index[..., 2:] << 4
    return _params(p, c, _words(pairs.transpose(0, 2, 3, 1)), np.pad(table, (0, 16 - len(table)), mode="edge"))


def supports_codebook(p: LinearParams) -> str | None:
    """Return why the kernel cannot take the layer, or None."""
    if isinstance(p.storage, Codebook) and p.storage.per_channel:
        return "a codebook per channel"
    return "fewer than four inputs" if p.input_c < 4 else _unfit("cb4", p)


def kept_pairs(weights: Array, kept: int) -> tuple[Array, Array]:
    """Return (places of pairs [O, units], their weights [O, units, 2]) of weights [O, I], 1 or 2 of each 4 not zero."""
    groups = weights.reshape(len(weights), -1, 4)
    at = np.sort(np.argsort(groups == 0, axis=2, kind="stable")[..., :kept], axis=2)
    values = np.take_along_axis(groups, at, axis=2)
    if kept == 1:
        odd = ((0, 0), (0, groups.shape[1] % 2), (0, 0))
        at, values = (np.pad(a, odd).reshape(len(weights), -1, 2) for a in (at, values))
        return at[..., 0] + 4 * at[..., 1], values
    places = np.zeros((4, 4), np.int64)
    places[tuple(np.array(list(PLACES)).T)] = list(PLACES.values())
    return places[at[..., 0], at[..., 1]], values


def pack_nm(kept: int, p: LinearParams) -> LinearStoredDspParams:
    """Return the params with five words for two units of four channels (tc_multiply_1x4_nm_asm.h)."""
    c = channels(p, p.weights)
    places, values = kept_pairs(c.weights, kept)
    places = _blocks(places, 2).transpose(0, 2, 3, 1)  # [groups, twos, 2, channels]
    index = (places.reshape(*places.shape[:2], 8).astype(np.uint64) << np.arange(0, 32, 4, dtype=np.uint64)).sum(axis=2)
    pairs = _blocks(values.reshape(p.output_c, -1), 4).transpose(0, 2, 1, 3)  # [groups, twos, channels, 2 units of 2]
    pairs = pairs.reshape(*pairs.shape[:2], 2, 2, 2, 2).transpose(0, 1, 4, 2, 5, 3)  # [.., unit, channels, weight, 2]
    words = _words(pairs.reshape(*pairs.shape[:2], 4, 4))
    index = index.astype(np.uint32).view(np.int32)[..., None]
    return _params(p, c, np.concatenate([index, words], axis=2))


def supports_nm(kept: int, p: LinearParams) -> str | None:
    """Return why the kernel cannot take the layer, or None."""
    if isinstance(p.storage, NM) and (p.storage.n, p.storage.m) != (kept, 4):
        return f"not {kept} of 4"
    return _unfit("nm", p)


def table_bytes(kept: int, p: LinearParams) -> int:
    """Return the bytes of the table of pairs of codes."""
    return UNIT_BYTES[kept] * round_up(-(-p.input_c // UNIT_CODES[kept]), 2)


def _listed(row: Array, largest: int) -> Array | None:
    """Return the places of the weights [I] that are listed, a multiple of four; None where there are too few zeros.

    All that are not zero, and zeros: where a distance is above the largest, and to fill up the last four.
    """
    places, after = [], 0
    for place in np.flatnonzero(row).tolist():
        places += [*range(after + largest, place, largest + 1), place]
        after = place + 1
    free = np.setdiff1d(np.arange(len(row)), places)
    missing = -len(places) % 4
    return None if missing > len(free) else np.sort([*places, *free[:missing]]).astype(np.int64)


def pack_listed(bits: int, p: LinearParams) -> LinearStoredDspParams:
    """Return the params with weights four at a time, and their distances (tc_multiply_listed_dsp.h)."""
    c = channels(p, p.weights)
    rows = [_listed(row, (1 << bits) - 1) for row in c.weights]
    places = [row for row in rows if row is not None]
    skips = [np.diff(row, prepend=-1) - 1 for row in places]
    values = _words(np.concatenate([c.weights[i][row] for i, row in enumerate(places)]).reshape(-1, 4))
    counts = np.array([len(row) // 4 for row in places], np.uint16)
    distances = np.concatenate([*skips, np.zeros(4, np.int64)]).reshape(-1, 4)
    if bits == 4:
        halves = (distances << np.array([0, 8, 4, 12])).sum(axis=1).astype(np.uint16)
        return _params(p, c, values, counts=np.concatenate([counts, halves]))
    pairs = np.stack([_words(distances), np.append(values, 0)], axis=1).reshape(-1)[:-1]
    return _params(p, c, pairs.astype(np.int32), counts=counts)


def supports_listed(bits: int, p: LinearParams) -> str | None:
    """Return why the kernel cannot take the layer, or None."""
    storage, kind = p.storage, "nm" if bits == 4 and isinstance(p.storage, NM) else "csr"
    if (isinstance(storage, NM) and storage.m == 4) or (isinstance(storage, Sparse) and storage.index_bits != bits):
        return f"{storage}, not distances of {bits} bits"
    if why := _unfit(kind, p):
        return why
    short = any(_listed(row, (1 << bits) - 1) is None for row in channels(p, p.weights).weights)
    return "too few zeros to list fours of weights" if short else None


def group_of(p: LinearParams) -> int:
    """Return how many weights share a factor: a multiple of four."""
    assert isinstance(p.storage, Int4)
    return p.storage.group or round_up(p.input_c, 4)


def pack_factors(p: LinearParams) -> LinearStoredDspParams:
    """Return the params with fields and factors, group by group (tc_multiply_1x4_s4_group_dsp.h)."""
    c, group = channels(p, p.weights), group_of(p)
    assert p.storage is not None
    factors = p.storage.encode(c.weights)["unit"].reshape(len(c.weights), -1).astype(np.int64)
    each = np.repeat(factors, group, axis=1)[:, : p.input_c]
    missing = ((0, 0), (0, -p.input_c % 4))
    fields, each = np.pad(c.weights // each + 8, missing), np.pad(each, missing)
    fours = _blocks(fields, 4).transpose(0, 2, 1, 3)  # [blocks of channels, fours, channels, codes]
    words = words_of(fours.reshape(len(fours), -1, 2, 4), FIELDS[0].fours)
    last = _words(np.pad(factors, ((0, -len(factors) % TOGETHER), (0, 0))).reshape(len(fours), TOGETHER, -1)
                  .transpose(0, 2, 1))
    parts = [part for g in range(last.shape[1])
             for part in (words[:, g * group // 2 : (g + 1) * group // 2], last[:, g : g + 1])]
    return _params(p, c, np.concatenate(parts, axis=1), requant=c.words(fields * each), group=group)


def supports_factors(p: LinearParams) -> str | None:
    """Return why the kernel cannot take the layer, or None."""
    c = channels(p, p.weights)
    if why := unfit(("s4",), dataclasses.replace(p, weights=c.weights)):
        return why
    assert p.storage is not None
    return unsupported(p, p.weights) if "unit" in p.storage.encode(c.weights) else "no factors"


def factors_bytes(p: LinearParams) -> int:
    """Return the bytes of the table of groups, and of a row of codes where it is copied."""
    return 8 * (-(-p.input_c // group_of(p)) + 1) + (round_up(p.input_c, 4) if p.input_c % 4 else 0)


LINEAR = (
    Kernel("tc_linear_s4_group_dsp", "dsp", supports_factors, pack_factors, factors_bytes,
           params_type="tc_linear_stored_dsp_params", storages=("s4",),
           walk=lambda p: by_row(p.rows, p.input_c, p.output_c, TOGETHER)),
    Kernel("tc_linear_s8_cb4_dsp", "dsp", supports_codebook, pack_codebook, lambda p: PAIRS_BYTES,
           params_type="tc_linear_stored_dsp_params", storages=("cb4",),
           walk=lambda p: by_row(p.rows, p.input_c, p.output_c, TOGETHER)),
    *(Kernel(f"tc_linear_s8_nm_{kept}of4_dsp", "dsp", partial(supports_nm, kept), partial(pack_nm, kept),
             partial(table_bytes, kept), params_type="tc_linear_stored_dsp_params", storages=("nm",),
             walk=lambda p: by_row(p.rows, p.input_c, p.output_c, p.output_c)) for kept in (1, 2)),
    *(Kernel(f"tc_linear_s8_{name}_dsp", "dsp", partial(supports_listed, bits), partial(pack_listed, bits),
             params_type="tc_linear_stored_dsp_params", storages=kinds,
             walk=lambda p: by_row(p.rows, p.input_c, p.output_c, 1))
      for name, bits, kinds in (("csr", 8, ("csr",)), ("csr_nibbles", 4, ("csr", "nm")))),
)
