"""add, sub, mul, clamp and prelu in float32: one rounded operation, then the clamp."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from toolchain.ir import Array, Node, Tensor
from toolchain.ops import _float32_neon
from toolchain.ops._binary import constant, constant_operand, merge_axes, two_activations
from toolchain.ops._float32 import DTYPE, FloatParams, limited, limits
from toolchain.ops._walk import Walk, elementwise
from toolchain.ops.base import Kernel

#: The operators with two operands, in float32.
OPERATIONS: dict[str, Callable[[Array, Array], Array]] = {"add": np.add, "sub": np.subtract, "mul": np.multiply}


@dataclass(frozen=True)
class BinaryF32Params(FloatParams):
    """The C twin is tc_binary_f32_params; axes and operand as in ``_binary.BinaryParams``."""

    sizes: tuple[int, ...]
    strides0: tuple[int, ...]
    strides1: tuple[int, ...]
    operand: Array
    operand_index: int
    clamp_min: float
    clamp_max: float


@dataclass(frozen=True)
class ClampF32Params(FloatParams):
    """The C twin is tc_clamp_f32_params."""

    count: int
    clamp_min: float
    clamp_max: float


@dataclass(frozen=True)
class PreluF32Params(FloatParams):
    """The C twin is tc_prelu_f32_params. One slope for all channels: ``channels`` is 1."""

    rows: int
    channels: int
    alpha: Array


def lower_binary(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> BinaryF32Params:
    """Return the parameters of an add, sub or mul node."""
    attrs: Any = node.attrs
    operand, index = constant_operand(node.op, inputs)
    return BinaryF32Params(*merge_axes(node.op, inputs[0].shape, inputs[1].shape), operand, index, *limits(attrs.clamp))


def reference_binary(op: str, p: BinaryF32Params, inputs: Sequence[Array]) -> Array:
    """Return the outputs of an add, sub or mul."""
    both = list(inputs)
    if p.operand_index >= 0:
        both.insert(p.operand_index, p.operand)
    return limited(OPERATIONS[op](*both), p.clamp_min, p.clamp_max)


def lower_clamp(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> ClampF32Params:
    """Return the parameters of a clamp node."""
    attrs: Any = node.attrs
    return ClampF32Params(inputs[0].count, *limits((attrs.low, attrs.high)))


def reference_clamp(p: ClampF32Params, x: Array) -> Array:
    """Return the outputs of a clamp."""
    return limited(x, p.clamp_min, p.clamp_max)


def lower_prelu(node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> PreluF32Params:
    """Return the parameters of a prelu node."""
    x, alpha = inputs
    assert alpha.data is not None
    return PreluF32Params(x.count // alpha.count, alpha.count, alpha.data)


def reference_prelu(p: PreluF32Params, x: Array) -> Array:
    """Return the outputs of a prelu."""
    y: Array = np.where(x >= 0, x, p.alpha * x)
    return y


def _walk(p: BinaryF32Params) -> Walk | None:
    """Return the walk over operands of the output's shape; None where one is broadcast."""
    strides = [s for i, s in enumerate((p.strides0, p.strides1)) if i != p.operand_index]
    whole = (0, 0, p.sizes[3] if p.sizes[2] > 1 else 0, 1 if p.sizes[3] > 1 else 0)
    if p.sizes[:2] != (1, 1) or any(s != whole for s in strides):
        return None
    return elementwise(math.prod(p.sizes), len(strides))


def binary(op: str) -> tuple[Kernel, ...]:
    """Return the kernels of add, sub or mul."""
    return (*_float32_neon.binary(op, _walk),
            Kernel(f"tc_{op}_f32_ref", supports=two_activations, in_place=(0, 1), params_type="tc_binary_f32_params",
                   walk=_walk, dtype=DTYPE),
            Kernel(f"tc_{op}_f32_constant_ref", supports=constant, in_place=(0,), params_type="tc_binary_f32_params",
                   walk=_walk, dtype=DTYPE))


CLAMP = (*_float32_neon.CLAMP,
         Kernel("tc_clamp_f32_ref", in_place=(0,), params_type="tc_clamp_f32_params",
                walk=lambda p: elementwise(p.count), dtype=DTYPE))
PRELU = (Kernel("tc_prelu_f32_ref", in_place=(0,), params_type="tc_prelu_f32_params",
                walk=lambda p: elementwise(p.rows * p.channels), dtype=DTYPE),)
