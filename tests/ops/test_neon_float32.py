"""The float32 kernels for Arm64 equal the reference bit by bit, on the shapes that those for int8 are tested with."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import strategies as st

from tests.ops import arm64, qemu, test_clamp, test_mean, test_neon
from tests.ops._cases import binary_cases
from tests.ops.arm64 import ARM64
from tests.ops.cases import integer, weighted
from tests.ops.harness import activation, constant
from tests.ops.qemu import Case
from toolchain import ops
from toolchain.ir import Node, Tensor
from toolchain.numerics import Rounding
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.depthwise_conv2d import DepthwiseConv2dAttributes

CASES = {**test_neon.CASES, "add": binary_cases("add"), "sub": binary_cases("sub"), "mul": binary_cases("mul"),
         "clamp": test_clamp.cases(), "mean": test_mean.cases()}

pytestmark = pytest.mark.skipif(not ARM64.processors(), reason=f"no {ARM64.qemu.program}")


def in_float(tensor: Tensor) -> Tensor:
    """Return a float32 tensor of the same shape; of a constant, thousandths of its codes."""
    data = None if tensor.data is None else (tensor.data / np.float32(1000)).astype(np.float32)
    return dataclasses.replace(tensor, dtype="f32", data=data, quantization=None)


def float_case(case: Case) -> Case:
    node, inputs, outputs = case
    return node, [in_float(t) for t in inputs], [in_float(t) for t in outputs]


@pytest.mark.parametrize("op", CASES)
def test_kernels_equal_the_reference(op: str) -> None:
    made = arm64.conformance(ARM64, [float_case(c) for c in qemu.draw(CASES[op], 60, 1)], Rounding.DOUBLE)
    assert set(made) == {k.name for o, k in ARM64.kernels() if o == op and k.dtype == "f32"}


@st.composite
def borders(draw: st.DrawFn, op: str) -> Case:
    """Draw windows that the padding cuts, or hides; planes of one pixel or many."""
    padding = tuple(integer(draw, 0, 3) for _ in range(4))
    size = tuple(integer(draw, max(1, 3 - a - b), 14) for a, b in (padding[:2], padding[2:]))
    stride = (integer(draw, 1, 2), integer(draw, 1, 2))
    channels, outputs = integer(draw, 4, 40), integer(draw, 1, 40)
    if op == "conv2d":
        attrs = Conv2dAttributes(stride, padding)
        return float_case(weighted(draw, op, attrs, (1, *size, channels), (outputs, 3, 3, channels), 0))
    attrs = DepthwiseConv2dAttributes(stride, padding)
    return float_case(weighted(draw, op, attrs, (1, *size, channels), (1, 3, 3, channels), 3))


@pytest.mark.parametrize("op", ["conv2d", "depthwise_conv2d"])
def test_windows_cut_by_the_padding_equal_the_reference(op: str) -> None:
    made = arm64.conformance(ARM64, qemu.draw(borders(op), 60), Rounding.DOUBLE)
    assert made == {f"tc_{op}_f32_neon": 60 * len(ARM64.processors())}


def test_padding_is_left_out_and_not_multiplied_by_zero() -> None:
    """A sum of -0 stays -0 at the border, where zero times a weight would make it +0."""
    x, w = np.full((1, 3, 3, 4), 1e-30, np.float32), np.full((4, 3, 3, 4), -1e-30, np.float32)
    w[:, 2] = 1.0  # of the last row's windows in the padding
    inputs = [dataclasses.replace(activation("x", x.shape), dtype="f32", quantization=None), constant("w", w),
              constant("b", np.full(4, -0.0, np.float32))]
    attrs = Conv2dAttributes(padding=(1, 1, 1, 1))
    y = in_float(activation("y", (1, 3, 3, 4)))
    node = Node("n", "conv2d", ("x", "w", "b"), ("y",), attrs)
    params = ops.get("conv2d").lower(node, inputs, [y])
    (kernel,) = [k for o, k in ARM64.kernels() if o == "conv2d" and k.dtype == "f32"]
    call = qemu.Call(kernel, params, [x], [y])
    arm64.run(ARM64, ARM64.processors()[0], Rounding.DOUBLE, [call])
    assert np.signbit(call.results[0][0, 2]).all() and not call.results[0][0, 2].any()
