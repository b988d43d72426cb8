"""conv2d: every kernel equals the integer reference, and the reference is close to float."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops.harness import activation, conformance, constant
from toolchain.ir import Node, Quantization
from toolchain.numerics import Rounding
from toolchain.ops import get
from toolchain.ops.conv2d import Conv2dAttributes


@st.composite
def cases(draw: st.DrawFn):
    """Draw a node with its tensors: any small shape, stride, dilation, padding, groups, zero points, clamp."""
    integer = lambda low, high: draw(st.integers(low, high))  # noqa: E731
    groups = draw(st.sampled_from([1, 1, 1, 2, 3]))
    per_in, per_out = integer(1, 9), integer(1, 6)
    kernel = (integer(1, 4), integer(1, 4))
    stride, dilation = (integer(1, 3), integer(1, 3)), (integer(1, 2), integer(1, 2))
    padding = tuple(integer(0, 2) for _ in range(4))
    size = [max(1, (k - 1) * d + 1 - a - b) + integer(0, 6)
            for k, d, a, b in zip(kernel, dilation, padding[::2], padding[1::2], strict=True)]
    rng = np.random.default_rng(integer(0, 2**32 - 1))
    x = activation("x", (1, *size, per_in * groups), 0.05, integer(-128, 127))
    weights = rng.integers(-127, 128, (per_out * groups, *kernel, per_in)).astype(np.int8)
    scales = rng.uniform(0.001, 0.02, per_out * groups)
    attrs = Conv2dAttributes(stride, padding, dilation, groups, draw(st.sampled_from([None, (0.0, float("inf")), (0.0, 6.0)])))
    inputs = [x, constant("w", weights, Quantization.per_channel(scales, 0)),
              constant("b", rng.integers(-5000, 5000, per_out * groups).astype(np.int32))]
    shape = get("conv2d").infer(attrs, inputs)[0]
    y = activation("y", shape, float(draw(st.sampled_from([0.0001, 0.02, 0.3, 5.0]))), integer(-128, 127))
    return Node("n", "conv2d", ("x", "w", "b"), ("y",), attrs), inputs, [y]


@settings(max_examples=60, deadline=None)
@given(case=cases(), rounding=st.sampled_from(Rounding), seed=st.integers(0, 1000))
def test_kernels_equal_the_reference(case, rounding, seed):
    node, inputs, outputs = case
    assert conformance(node, inputs, outputs, rounding=rounding, seed=seed) >= 1
