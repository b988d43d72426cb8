"""Build-time side of the conv2d kernels for cores without the DSP extension that read packed or sparse weights.

Two pixels share each weight (tc_stored_pairs_thumb.h); the arrays are those of the portable kernels, with the
requantisation words of tc_thumb.h in place of bias and multiplier.
"""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ops import _conv2d_thumb
from toolchain.ops._dsp import round_up
from toolchain.ops._storage import PORTABLE, StoredParams, pack, unfit
from toolchain.ops._thumb import channels, unsupported, words
from toolchain.ops.base import Kernel

if TYPE_CHECKING:
    from toolchain.ops.conv2d import Conv2dParams


def pack_pairs(p: Conv2dParams) -> StoredParams:
    """Return the params with requantisation words."""
    c = channels(p, p.weights)
    requant, packed = np.ascontiguousarray(words(c).T), pack(dataclasses.replace(p, weights=c.weights))
    return dataclasses.replace(packed, bias=requant[0], multiplier=requant[1], exponent=np.zeros(0, np.int8))


def supports(kinds: tuple[str, ...], p: Conv2dParams) -> str | None:
    """Return why the kernels cannot take the layer, or None."""
    if why := unfit(kinds, dataclasses.replace(p, weights=channels(p, p.weights).weights)):
        return why
    return unsupported(p, p.weights)


def scratch_bytes(p: Conv2dParams) -> int:
    """Return the bytes of the windows of two pixels, and of one on its way."""
    return round_up(5 * int(np.prod(p.weights.shape[1:])), 4)


CONV2D = tuple(Kernel(f"tc_conv2d_{name}_thumb", "thumb", partial(supports, kinds), pack_pairs, scratch_bytes,
                      params_type="tc_stored_params", walk=_conv2d_thumb.walk, storages=kinds)
               for name, kinds in PORTABLE.items())
