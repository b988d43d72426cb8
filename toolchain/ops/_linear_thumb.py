"""Build-time side of the linear kernel for cores without the DSP extension: tc_linear_s8_thumb.h has the layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array
from toolchain.ops import _dsp
from toolchain.ops._thumb import channels, words
from toolchain.ops._walk import Walk, by_row
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.linear import LinearParams


@dataclass(frozen=True)
class LinearThumbParams(Params):
    """The C twin is tc_linear_thumb_params."""

    rows: int
    input_c: int
    output_c: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


def pack(p: LinearParams) -> LinearThumbParams:
    """Return the params with requantisation words."""
    c = channels(p, p.weights)
    return LinearThumbParams(rows=p.rows, input_c=p.input_c, output_c=p.output_c, output_zero_point=p.output_zero_point,
                             clamp_min=p.clamp_min, clamp_max=p.clamp_max,
                             weights=np.ascontiguousarray(c.weights), requant=words(c))


def walk(p: LinearParams) -> Walk:
    """Return the walk of tc_linear_s8_thumb: a row is read until its last output."""
    return by_row(p.rows, p.input_c, p.output_c, 4 if p.output_c >= 4 else 1)


KERNELS = (
    Kernel("tc_linear_s8_thumb", "thumb", lambda p: _dsp.unsupported(p, p.weights), pack,
           params_type="tc_linear_thumb_params", walk=walk),
)
