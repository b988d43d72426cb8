"""Build-time side of the conv2d kernels for the DSP extension that unpack a pair of channels and multiply it densely.

Weights from a codebook, of 4 bits with factors, and 1 or 2 of 4 lie as the storage encodes them. Two output channels at
a time are unpacked to weight words (tc_conv2d_unpacked_dsp.h), which several blocks of four pixels then share.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import NM, Array, Codebook, Int4
from toolchain.ops import _conv2d_dsp
from toolchain.ops._dsp import channels, unsupported
from toolchain.ops._storage import unfit
from toolchain.ops._walk import Walk, by_pixel_block
from toolchain.ops.base import Kernel

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams

#: Most bytes of expanded windows, and most blocks of four pixels, that share the weights unpacked once.
PATCHES_BYTES, MOST_BLOCKS = 9216, 8
#: Bytes of the table of two codes at once.
TABLE_BYTES = 512


@dataclass(frozen=True)
class Conv2dUnpackedDspParams(_conv2d_dsp.Conv2dDspParams):
    """The C twin is tc_conv2d_unpacked_dsp_params."""

    values: Array
    blocks: int
    group: int
    kept: int


def _blocks(p: Conv2dParams) -> int:
    fit = PATCHES_BYTES // _conv2d_dsp.patch_bytes(p)
    return max(1, min(MOST_BLOCKS, fit, p.output_h * p.output_w // 4))


def pack(p: Conv2dParams) -> Conv2dUnpackedDspParams:
    """Return the params of the dense kernel with the encoded weights."""
    dense, storage = _conv2d_dsp.pack(p), p.storage
    assert storage is not None
    arrays = storage.encode(channels(p, p.weights).weights)
    values = next((arrays[name] for name in ("values", "unit", "codebook") if name in arrays), np.zeros(0, np.int8))
    known = {f.name: getattr(dense, f.name) for f in dataclasses.fields(dense)}
    group = storage.group if isinstance(storage, Int4) else 0
    return Conv2dUnpackedDspParams(**{**known, "weights": arrays["weights"]}, values=values, blocks=_blocks(p),
                                   group=group, kept=storage.n if isinstance(storage, NM) else 0)


def scratch_bytes(p: Conv2dParams) -> int:
    """Return the bytes of the windows, of a pair of channels, and of the table."""
    units = len(_conv2d_dsp.runs(p)[2]) // 4
    return _blocks(p) * _conv2d_dsp.patch_bytes(p) + 8 * units + TABLE_BYTES


def _of_codebook(p: Conv2dParams) -> str | None:
    return "a codebook per channel" if isinstance(p.storage, Codebook) and p.storage.per_channel else None


def _of_factors(p: Conv2dParams) -> str | None:
    assert p.storage is not None
    return None if "unit" in p.storage.encode(channels(p, p.weights).weights) else "no factors"


def _of_four(p: Conv2dParams) -> str | None:
    fits = isinstance(p.storage, NM) and p.storage.m == 4 and p.storage.n < 3
    return None if fits else "not 1 or 2 of 4"


def supports(kind: str, also: Callable[[Conv2dParams], str | None], p: Conv2dParams) -> str | None:
    """Return why the kernel cannot take the layer, or None."""
    if why := unfit((kind,), dataclasses.replace(p, weights=channels(p, p.weights).weights)):
        return why
    if p.output_c % 2 or p.output_h * p.output_w < 4:
        return "an odd number of channels, or fewer than four pixels"
    run = _conv2d_dsp.runs(p)[1]
    return f"runs of {run} codes" if run % 4 else also(p) or unsupported(p, p.weights)


def walk(p: Conv2dParams) -> Walk:
    """Return the walk: several times four pixels at once."""
    return by_pixel_block(p, p.input_c, p.output_c, p.groups, 4 * _blocks(p))


def _kernel(name: str, kind: str, also: Callable[[Conv2dParams], str | None]) -> Kernel:
    return Kernel(f"tc_conv2d_{name}_unpacked_dsp", "dsp", partial(supports, kind, also), pack, scratch_bytes,
                  params_type="tc_conv2d_unpacked_dsp_params", walk=walk, storages=(kind,))


CONV2D = (_kernel("s8_cb4", "cb4", _of_codebook), _kernel("s4_group", "s4", _of_factors),
          _kernel("s8_nm", "nm", _of_four))
