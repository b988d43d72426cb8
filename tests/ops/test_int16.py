"""int16 activations: every kernel equals the integer reference, and that equals TensorFlow Lite's 16x8 kernels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops import _litert
from tests.ops.cases import codes, integer, window
from tests.ops.harness import activation, conformance, constant, random_codes
from toolchain.errors import ModelError
from toolchain.ir import Node, Quantization, Tensor
from toolchain.numerics import Rounding
from toolchain.ops import get
from toolchain.ops.add import BinaryAttributes
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.depthwise_conv2d import DepthwiseConv2dAttributes
from toolchain.ops.linear import LinearAttributes

CLAMPS = [None, (0.0, float("inf")), (0.0, 6.0)]
Case = tuple[Node, list[Tensor], list[Tensor]]


def wide(name, shape, scale=0.001):
    return Tensor(name, tuple(shape), "s16", None, Quantization.per_tensor(scale, 0))


def weighted(op, attrs, x_shape, weights_shape, axis, seed, ratio) -> Case:
    """Return a node with weights whose multipliers are around ``ratio``."""
    rng = np.random.default_rng(seed)
    channels = weights_shape[axis]
    scales = np.float32(ratio * rng.uniform(0.5, 2.0, channels)).astype(float)
    inputs = [
        wide("x", x_shape),
        constant("w", codes(rng, weights_shape), Quantization.per_channel(scales, axis)),
        constant(
            "b",
            rng.integers(-(1 << 20), 1 << 20, channels).astype(np.int32),
            Quantization.per_channel(np.float32(0.001) * scales, 0),
        ),
    ]
    return Node("n", op, ("x", "w", "b"), ("y",), attrs), inputs, [wide("y", get(op).infer(attrs, inputs)[0])]


@st.composite
def convolutions(draw) -> Case:
    w, groups = window(draw), draw(st.sampled_from([1, 1, 2]))
    per_in, per_out = integer(draw, 1, 9), integer(draw, 1, 3)
    attrs = Conv2dAttributes(w["stride"], w["padding"], w["dilation"], groups, draw(st.sampled_from(CLAMPS)))
    return weighted(
        "conv2d",
        attrs,
        (1, *w["size"], per_in * groups),
        (per_out * groups, *w["kernel"], per_in),
        0,
        integer(draw, 0, 999),
        draw(st.sampled_from([0.7, 0.003, 2.0**-18])),
    )


@st.composite
def depthwises(draw) -> Case:
    w, channels, each = window(draw), integer(draw, 1, 7), draw(st.sampled_from([1, 1, 2]))
    attrs = DepthwiseConv2dAttributes(w["stride"], w["padding"], w["dilation"], draw(st.sampled_from(CLAMPS)))
    return weighted(
        "depthwise_conv2d",
        attrs,
        (1, *w["size"], channels),
        (1, *w["kernel"], channels * each),
        3,
        integer(draw, 0, 999),
        0.01,
    )


@st.composite
def linears(draw) -> Case:
    inputs, outputs = draw(st.sampled_from([1, 4, 7, 20])), integer(draw, 1, 5)
    return weighted(
        "linear",
        LinearAttributes(draw(st.sampled_from(CLAMPS))),
        (1, 2, inputs),
        (outputs, inputs),
        0,
        integer(draw, 0, 999),
        0.003,
    )


@settings(max_examples=12, deadline=None)
@given(case=convolutions() | depthwises() | linears(), seed=st.integers(0, 99))
def test_kernels_with_weights_equal_the_reference(case, seed):
    assert conformance(*case, seed=seed) >= 1


def others() -> list[Case]:
    """Return a node of each operator without weights that takes int16."""
    x, attrs = wide("x", (1, 7, 6, 5)), get("max_pool2d").Attrs(kernel=(3, 2), stride=(2, 1), padding=(1, 1, 1, 0))
    average = get("avg_pool2d").Attrs(kernel=(3, 2), stride=(2, 1), padding=(1, 1, 1, 0), count_include_pad=True)
    pools = [
        (Node("n", op, ("x",), ("y",), a), [x], [wide("y", get(op).infer(a, [x])[0])])
        for op, a in (("max_pool2d", attrs), ("avg_pool2d", average))
    ]
    add = (
        Node("n", "add", ("x", "z"), ("y",), BinaryAttributes((0.0, 6.0))),
        [x, wide("z", x.shape, 0.0017)],
        [wide("y", x.shape, 0.0004)],
    )
    ends = [
        (activation("x", (1, 40), 0.2, -7), wide("y", (1, 40))),
        (wide("x", (1, 40)), activation("y", (1, 40), 0.2, 9)),
    ]
    changes = [(Node("n", "requantize", ("x",), ("y",), get("requantize").Attrs()), [a], [b]) for a, b in ends]
    return [*pools, add, *changes]


@pytest.mark.parametrize("case", others(), ids=lambda c: f"{c[0].op} {c[1][0].dtype} {c[2][0].dtype}")
def test_kernels_without_weights_equal_the_reference(case):
    assert conformance(*case) >= 1


BUILTINS = {
    "conv2d": (
        "CONV_2D",
        {"Conv2D": {"padding": 1, "strideH": 1, "strideW": 1, "dilationHFactor": 1, "dilationWFactor": 1}},
    ),
    "depthwise_conv2d": (
        "DEPTHWISE_CONV_2D",
        {
            "DepthwiseConv2D": {
                "padding": 1,
                "strideH": 1,
                "strideW": 1,
                "dilationHFactor": 1,
                "dilationWFactor": 1,
                "depthMultiplier": 1,
            }
        },
    ),
    "linear": ("FULLY_CONNECTED", {"FullyConnected": {}}),
    "add": ("ADD", {"Add": {"potScaleInt16": False}}),
    "requantize": ("QUANTIZE", {}),
    "avg_pool2d": (
        "AVERAGE_POOL_2D",
        {"Pool2D": {"padding": 1, "strideH": 2, "strideW": 2, "filterHeight": 2, "filterWidth": 2}},
    ),
}


def peers() -> list[Case]:
    """Return nodes that TensorFlow Lite can compute without a PAD in front."""
    conv = weighted("conv2d", Conv2dAttributes(), (1, 6, 5, 7), (4, 3, 2, 7), 0, 1, 0.003)
    depthwise = weighted("depthwise_conv2d", DepthwiseConv2dAttributes(), (1, 6, 5, 4), (1, 3, 3, 4), 3, 2, 0.01)
    linear = weighted("linear", LinearAttributes(), (1, 40), (30, 40), 0, 3, 0.003)
    x = wide("x", (1, 6, 6, 4))
    add = (
        Node("n", "add", ("x", "z"), ("y",), BinaryAttributes()),
        [x, wide("z", x.shape, 0.0017)],
        [wide("y", x.shape, 0.003)],
    )
    pool = get("avg_pool2d").Attrs()
    average = (Node("n", "avg_pool2d", ("x",), ("y",), pool), [x], [wide("y", (1, 3, 3, 4))])
    return [conv, depthwise, linear, add, average, *others()[-2:]]


@pytest.mark.parametrize("case", peers(), ids=lambda c: f"{c[0].op} {c[1][0].dtype}")
def test_the_reference_equals_tensorflow_lite(case):
    node, inputs, outputs = case
    rng = np.random.default_rng(5)
    values = [random_codes(rng, t.shape, t.dtype) for t in inputs if t.data is None]
    builtin, options = BUILTINS[node.op]
    want = _litert.run(builtin, inputs, outputs[0], values, options)
    rounding = Rounding.SINGLE if node.op == "linear" else Rounding.DOUBLE  # their fully connected layers round once
    (got,) = get(node.op).reference(get(node.op).lower(*case), *values, rounding=rounding)
    np.testing.assert_array_equal(got, want)


def test_sums_that_may_leave_int32_are_refused():
    case = weighted("linear", LinearAttributes(), (1, 700), (2, 700), 0, 0, 0.003)
    case[1][1] = constant("w", np.full((2, 700), 127, np.int8), case[1][1].quantization)
    with pytest.raises(ModelError, match="may overflow its 32-bit accumulator"):
        get("linear").lower(*case)
