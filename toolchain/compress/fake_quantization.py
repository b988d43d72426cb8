"""Rounding to codes inside a torch network, as the integer reference rounds, with straight-through gradients.

An accumulator is scaled down in two steps (numerics.requantize): to a fixed point with as many bits below the point as
the multiplier's exponent leaves, halves up; then to an integer, halves away from zero. With large multipliers, as 4-bit
and binary weights have them, the first step has few bits and shifts the mean: a plain rounding is not true enough.
Average pools round the mean of the codes themselves, zero point included.

Quant:  code = clip(round(y / s) + z) to int8 or int16; the gradient is 1 where nothing is clipped, else 0.
Source: Bengio et al., "Estimating or Propagating Gradients" (2013), section 4; Jacob et al. (CVPR 2018), appendix B.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from toolchain import ops
from toolchain.ir import Graph, Node, Tensor
from toolchain.numerics import LIMITS, Rounding

if TYPE_CHECKING:
    import torch


#: Steps to which the float means of an average pool are snapped, so that halves are halves.
POOL_STEPS = 2.0**14


def fixed_point(factor: torch.Tensor, rounding: Rounding) -> torch.Tensor:
    """Return 2^b, b the bits below the point that the first rounding of ``accumulator * factor`` keeps; SINGLE: 1."""
    import torch

    if rounding is Rounding.SINGLE:
        return torch.ones_like(factor)
    return torch.exp2((-torch.frexp(factor)[1]).clamp(min=0).float())


def node_fixed_point(graph: Graph, node: Node, rounding: Rounding) -> float | None:
    """Return 2^b of a node without weights: of the multiplier of a mean, of the exact means of an average pool."""
    if node.op == "avg_pool2d":
        return POOL_STEPS
    if node.op != "mean" or rounding is Rounding.SINGLE:
        return None
    params: Any = ops.get(node.op).lower(node, graph.inputs_of(node), graph.outputs_of(node))
    return math.ldexp(1.0, max(0, -int(params.exponent)))


def round_to_codes(y: torch.Tensor, tensor: Tensor, first: torch.Tensor | float | None = None,
                   whole_codes: bool = False) -> torch.Tensor:
    """Return ``y`` at the nearest codes of a quantised tensor.

    ``first`` is 2^b of the first rounding, a number or one per channel. ``whole_codes``: halves go away from code 0,
    not from the zero point (average pools).
    """
    import torch

    scale, zero_point = tensor.scale, tensor.zero_point
    low, high = (limit - zero_point for limit in LIMITS[tensor.dtype])
    with torch.no_grad():
        t = y / scale
        if first is not None:
            t = t.mul_(first).add_(0.5).floor_().div_(first)
        if whole_codes:
            t += zero_point
        t = t.add_(torch.copysign(torch.full_like(t, 0.5), t)).trunc_()
        if whole_codes:
            t -= zero_point
        t = t.clamp_(low, high).mul_(scale)
    soft = y.clamp(low * scale, high * scale)
    return soft + (t - soft.detach())
