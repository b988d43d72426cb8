"""Build-time side of the linear kernels for Arm64: tc_linear_neon.h has the layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.ir import Array
from toolchain.ops._neon import ALSO, BLOCK, SLACK_BYTES, channels, matrix_weights, requant_words, unsupported
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.linear import LinearParams


@dataclass(frozen=True)
class LinearNeonParams(Params):
    """The C twin is tc_linear_neon_params."""

    rows: int
    input_c: int
    output_c: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


def pack(p: LinearParams) -> LinearNeonParams:
    """Return the params with weights by eights of channels and fours of codes."""
    c = channels(p, p.weights)
    return LinearNeonParams(rows=p.rows, input_c=p.input_c, output_c=p.output_c, output_zero_point=p.output_zero_point,
                            clamp_min=p.clamp_min, clamp_max=p.clamp_max,
                            weights=matrix_weights(c.weights.reshape(p.output_c, 1, p.input_c)),
                            requant=requant_words(c))


def supports(p: LinearParams) -> str | None:
    """Return why no kernel can take the layer, or None."""
    return unsupported(p, p.weights)


def supports_inside(p: LinearParams) -> str | None:
    """Return why the kernel that reads rows in place cannot take the layer, or None."""
    return "rows that are no multiple of eight codes" if p.input_c % BLOCK else supports(p)


KERNELS = (
    Kernel("tc_linear_s8_inside_neon", "neon", supports_inside, pack, params_type="tc_linear_neon_params", also=ALSO),
    Kernel("tc_linear_s8_neon", "neon", supports, pack, lambda p: p.rows * p.input_c + SLACK_BYTES,
           params_type="tc_linear_neon_params", also=ALSO),
)
