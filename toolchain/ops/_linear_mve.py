"""Build-time side of the linear kernel for MVE: tc_multiply_rows_mve.h has the layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolchain.ir import Array
from toolchain.ops._mve import channels, matrix_weights, requant_words, unsupported
from toolchain.ops._walk import Walk, by_row
from toolchain.ops.base import Kernel, Params

if TYPE_CHECKING:
    from toolchain.ops.linear import LinearParams


@dataclass(frozen=True)
class LinearMveParams(Params):
    """The C twin is tc_linear_mve_params."""

    rows: int
    input_c: int
    output_c: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int
    weights: Array
    requant: Array


def pack(p: LinearParams) -> LinearMveParams:
    """Return the params with weights by fours of channels and blocks of codes."""
    c = channels(p, p.weights)
    return LinearMveParams(rows=p.rows, input_c=p.input_c, output_c=p.output_c, output_zero_point=p.output_zero_point,
                           clamp_min=p.clamp_min, clamp_max=p.clamp_max, weights=matrix_weights(c.weights),
                           requant=requant_words(c))


def walk(p: LinearParams) -> Walk:
    """Return the walk of tc_multiply_rows_mve: a row is read again for every four of its outputs."""
    return by_row(p.rows, p.input_c, p.output_c, 4)


KERNELS = (
    Kernel("tc_linear_s8_mve", "mve", lambda p: unsupported(p, p.weights), pack, params_type="tc_linear_mve_params",
           walk=walk),
)
