"""Build-time side of the kernels for the DSP extension whose weights are listed, looked up or have factors.

Blocks of 1x4 are units of the dense kernels (tc_dsp.h). All others are taken one by one for four pixels
(tc_stored_quads_dsp.h), with the arrays of the portable kernels.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from toolchain.ir import Array
from toolchain.ops import _conv2d_dsp
from toolchain.ops._conv2d_dsp import Conv2dDspParams, patch_bytes, runs
from toolchain.ops._dsp import channels, round_up, unsupported, weight_words
from toolchain.ops._linear_dsp import LinearDspParams
from toolchain.ops._storage import StoredParams, pack, unfit
from toolchain.ops._walk import by_row
from toolchain.ops.base import Kernel

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams
    from toolchain.ops.linear import LinearParams


@dataclass(frozen=True)
class Conv2dBlkDspParams(Conv2dDspParams):
    """The C twin is tc_conv2d_blk_dsp_params."""

    counts: Array
    index: Array


@dataclass(frozen=True)
class LinearBlkDspParams(LinearDspParams):
    """The C twin is tc_linear_blk_dsp_params."""

    counts: Array
    index: Array


def block_arrays(p: Any) -> dict[str, Array]:
    """Return the arrays of the block kernels: a word for each block, requantisation words, counts and distances."""
    c = channels(p, p.weights)
    arrays = p.storage.encode(c.weights)
    blocks = arrays["values"].reshape(-1, 4)
    words = weight_words(blocks).reshape(-1) if len(blocks) else np.zeros(0, np.int32)
    return {"weights": words, "counts": arrays["counts"],
            "index": arrays["index"], "requant": c.words(c.weights.reshape(p.output_c, -1))}


def pack_conv2d(p: Conv2dParams) -> Conv2dBlkDspParams:
    """Return the params with a word for each block."""
    taps, run, order = runs(p)
    shared = {f.name: getattr(p, f.name) for f in dataclasses.fields(Conv2dBlkDspParams) if hasattr(p, f.name)}
    return Conv2dBlkDspParams(**{**shared, "run": run, "run_taps": taps, "units": len(order) // 4, **block_arrays(p)})


def pack_linear(p: LinearParams) -> LinearBlkDspParams:
    """Return the params with a word for each block, and a distance that is read behind the last."""
    shared = {f.name: getattr(p, f.name) for f in dataclasses.fields(LinearBlkDspParams) if hasattr(p, f.name)}
    arrays = block_arrays(p)
    return LinearBlkDspParams(**{**shared, **arrays, "index": np.append(arrays["index"], np.uint8(0))})


def supports_blocks(p: Any) -> str | None:
    """Return why the block kernels cannot take the layer, or None."""
    return unfit(("blk",), p) or unsupported(p, p.weights)


def pack_quads(p: Conv2dParams) -> StoredParams:
    """Return the params of the portable kernels with requantisation words in place of bias and multiplier."""
    c = channels(p, p.weights)
    words, packed = np.ascontiguousarray(c.plain_words().T), pack(dataclasses.replace(p, weights=c.weights))
    return dataclasses.replace(packed, bias=words[0], multiplier=words[1], exponent=np.zeros(0, np.int8))


def supports_quads(kinds: tuple[str, ...], p: Conv2dParams) -> str | None:
    """Return why the kernels that take weights one by one cannot take the layer, or None."""
    if why := unfit(kinds, dataclasses.replace(p, weights=channels(p, p.weights).weights)):
        return why
    return unsupported(p, p.weights, largest=1 << 30)


def supports_factors(p: Conv2dParams) -> str | None:
    """Return why the kernel for 4-bit weights with factors cannot take the layer, or None."""
    if why := supports_quads(("s4",), p):
        return why
    assert p.storage is not None
    return None if "unit" in p.storage.encode(p.weights) else "no factors"


def quads_bytes(p: Conv2dParams) -> int:
    """Return the scratch of the kernels that share weights among four pixels: their windows, and one on its way."""
    return round_up(9 * int(np.prod(p.weights.shape[1:])), 4)


QUADS = {"s8_cb4": ("cb4",), "s8_nm": ("nm",), "s8_csr": ("csr",)}
CONV2D = (
    Kernel("tc_conv2d_s8_blk_dsp", "dsp", supports_blocks, pack_conv2d, patch_bytes,
           params_type="tc_conv2d_blk_dsp_params", walk=_conv2d_dsp.walk, storages=("blk",)),
    Kernel("tc_conv2d_s4_group_dsp", "dsp", supports_factors, pack_quads, quads_bytes, params_type="tc_stored_params",
           walk=_conv2d_dsp.walk, storages=("s4",)),
    *(Kernel(f"tc_conv2d_{name}_dsp", "dsp", partial(supports_quads, kinds), pack_quads, quads_bytes,
             params_type="tc_stored_params", walk=_conv2d_dsp.walk, storages=kinds) for name, kinds in QUADS.items()),
)
LINEAR = (Kernel("tc_linear_s8_blk_dsp", "dsp", supports_blocks, pack_linear, params_type="tc_linear_blk_dsp_params",
                 walk=lambda p: by_row(p.rows, p.input_c, p.output_c, 1), storages=("blk",)),)
