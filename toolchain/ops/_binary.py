"""What add, sub and mul share: merged axes for broadcasting, constant operands, kernel choice.

Shapes: two shapes broadcast against each other become at most four axes, outermost first, with a stride per operand: 0
        where it is broadcast. Adjacent axes that are both broadcast in the same way, or not at all, are one axis.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from toolchain.errors import ModelError
from toolchain.ir import DTYPES, Array, Shape, Tensor
from toolchain.ops._walk import Walk, elementwise
from toolchain.ops.base import Kernel, Params

MAX_AXES = 4


@dataclass(frozen=True)
class BinaryParams(Params):
    """First fields of the integer parameters of add, sub and mul.

    ``operand_index`` is the input that is the constant ``operand`` (int8), or -1.
    """

    sizes: tuple[int, ...]
    strides0: tuple[int, ...]
    strides1: tuple[int, ...]
    operand: Array
    operand_index: int
    input0_zero_point: int
    input1_zero_point: int
    output_zero_point: int
    clamp_min: int
    clamp_max: int


def merge_axes(op: str, shape0: Shape, shape1: Shape) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Return (sizes, strides0, strides1), four of each; ModelError when more than four axes are left after merging."""
    rank = max(len(shape0), len(shape1))
    pairs = zip((1,) * (rank - len(shape0)) + shape0, (1,) * (rank - len(shape1)) + shape1, strict=True)
    kept = [(a, b) for a, b in pairs if (a, b) != (1, 1)]
    groups = [list(g) for _, g in itertools.groupby(kept, key=lambda pair: (pair[0] == 1, pair[1] == 1))]
    if len(groups) > MAX_AXES:
        shapes = f"{list(shape0)} and {list(shape1)}"
        raise ModelError(f"{op} of shapes {shapes} needs {len(groups)} loops: at most {MAX_AXES}", (),
                         "reshape or expand one operand so that fewer axes alternate between broadcast and not")
    extents0 = [math.prod(a for a, _ in g) for g in groups]
    extents1 = [math.prod(b for _, b in g) for g in groups]
    outer = (1,) * (MAX_AXES - len(groups))
    sizes = outer + tuple(map(max, extents0, extents1))
    return sizes, (0,) * len(outer) + _strides(extents0), (0,) * len(outer) + _strides(extents1)


def _strides(extents: Sequence[int]) -> tuple[int, ...]:
    return tuple(0 if e == 1 else math.prod(extents[i + 1:]) for i, e in enumerate(extents))


def constant_operand(op: str, inputs: Sequence[Tensor]) -> tuple[Array, int]:
    """Return (codes or float32 values, index) of the input that is a constant; or (empty, -1)."""
    constants = [i for i, t in enumerate(inputs) if t.data is not None]
    if len(constants) > 1:
        raise ModelError(f"{op} of two constants must be folded before it is lowered")
    if not constants:
        return np.zeros(0, dtype=DTYPES[inputs[0].dtype]), -1
    data = inputs[constants[0]].data
    assert data is not None and data.dtype in (np.int8, np.float32)
    return data, constants[0]


def operands(p: BinaryParams, inputs: Sequence[Array]) -> tuple[Array, Array]:
    """Return both operands as int64 with their zero points taken off; shapes broadcast against each other."""
    both = [x.astype(np.int64) for x in inputs]
    if p.operand_index >= 0:
        both.insert(p.operand_index, p.operand.astype(np.int64))
    return both[0] - p.input0_zero_point, both[1] - p.input1_zero_point


def same_shape(p: BinaryParams) -> str | None:
    """Say why a kernel for two activations of one shape cannot run."""
    if p.operand_index >= 0:
        return "one operand is a constant"
    return None if p.strides0 == p.strides1 else "one operand is broadcast"


def two_activations(p: BinaryParams) -> str | None:
    """Say why a kernel for two activations cannot run."""
    return "one operand is a constant" if p.operand_index >= 0 else None


def constant(p: BinaryParams) -> str | None:
    """Say why a kernel for an activation and a constant cannot run."""
    return None if p.operand_index >= 0 else "both operands are activations"


def channel_constant(p: BinaryParams) -> str | None:
    """Say why a kernel for a constant along the last axis, or of one element, or of the whole shape, cannot run."""
    if p.operand_index < 0:
        return "both operands are activations"
    of_constant, of_input = (p.strides0, p.strides1) if p.operand_index == 0 else (p.strides1, p.strides0)
    rows, channels = p.sizes[2:]
    whole = (0, 0, channels if rows > 1 else 0, 1 if channels > 1 else 0)
    if of_input != whole:
        return "the activation is broadcast"
    return None if not any(of_constant[:3]) else "the constant varies along other axes than the last"


def one_per_channel(p: BinaryParams) -> str | None:
    """Say why a kernel that walks a constant along the last axis cannot run."""
    if p.operand_index >= 0 and p.operand.size != p.sizes[3]:
        return "the constant has not one value per index of the last axis"
    return channel_constant(p)


def gate(p: BinaryParams) -> str | None:
    """Say why a kernel for an activation and one activation per channel (squeeze and excitation) cannot run."""
    if p.operand_index >= 0:
        return "one operand is a constant"
    rows, channels = p.sizes[2:]
    fits = p.strides0 == (0, 0, channels, 1) and p.strides1 == (0, 0, 0, 1) and rows > 1
    return None if fits else "input 1 is not one value per index of the last axis of input 0"


def walk(p: BinaryParams) -> Walk:
    """Return the walk of the kernels for one or two activations of the output's shape."""
    return elementwise(math.prod(p.sizes), 1 if p.operand_index >= 0 else 2)


def gate_walk(p: BinaryParams) -> Walk:
    """Return the walk of the kernels for an activation and one value per channel, read until the last row."""
    count, channels = math.prod(p.sizes), p.sizes[3]
    whole = np.arange(count)
    return Walk(whole, (whole, np.arange(count - channels, count)))


def kernels(op: str) -> tuple[Kernel, ...]:
    """Return the portable kernels that add, sub and mul have alike, fastest first."""
    def kernel(case: str, supports: Callable[[BinaryParams], str | None], in_place: tuple[int, ...] = ()) -> Kernel:
        return Kernel(f"tc_{op}_s8_{case}ref", supports=supports, in_place=in_place,
                      walk=walk if in_place else lambda p: None)

    return (kernel("", same_shape, (0, 1)), kernel("channel_constant_", channel_constant, (0,)),
            kernel("broadcast_", two_activations), kernel("broadcast_constant_", constant))
