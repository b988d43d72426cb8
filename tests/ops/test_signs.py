"""Binary inputs: every kernel equals the reference, the reference what the float forward says of signs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops.cases import integer, window
from tests.ops.harness import activation, conformance, constant
from toolchain.ir import Binary, Node, Quantization, Tensor
from toolchain.numerics import Rounding, dequantize
from toolchain.ops import get
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.linear import LinearAttributes

Case = tuple[Node, list[Tensor], list[Tensor]]


def layer(op, attrs, x_shape, weights_shape, seed, zero_point=-5) -> Case:
    rng = np.random.default_rng(seed)
    outputs, scales = weights_shape[0], rng.uniform(0.01, 0.03, weights_shape[0])
    weights = Tensor("w", weights_shape, "s8", rng.choice([-1, 1], weights_shape).astype(np.int8),
                     Quantization.per_channel(scales, 0), Binary())
    inputs = [activation("x", x_shape, 0.05, zero_point), weights,
              constant("b", rng.integers(-9000, 9000, outputs).astype(np.int32))]
    return Node("n", op, ("x", "w", "b"), ("y",), attrs), inputs, [
        activation("y", get(op).infer(attrs, inputs)[0], 0.1, 3)]


@st.composite
def cases(draw) -> Case:
    binary = (draw(st.sampled_from([0.0, 1.3, -9.0, 9.0])), 0.7)
    seed, zero_point = integer(draw, 0, 99), draw(st.sampled_from([-128, 0, 11]))
    if draw(st.booleans()):
        inputs = draw(st.sampled_from([1, 31, 32, 33, 1100]))
        return layer("linear", LinearAttributes(None, binary), (1, 2, inputs), (3, inputs), seed, zero_point)
    w, channels = window(draw), integer(draw, 1, 20)
    attrs = Conv2dAttributes(w["stride"], w["padding"], w["dilation"], binary=binary)
    return layer("conv2d", attrs, (1, *w["size"], channels), (3, *w["kernel"], channels), seed, zero_point)


@settings(max_examples=15, deadline=None)
@given(case=cases(), seed=st.integers(0, 99))
def test_kernels_equal_the_reference(case, seed):
    assert conformance(*case, seed=seed) >= 1


@pytest.mark.parametrize("op", ["conv2d", "linear"])
def test_the_reference_is_the_float_forward_of_signs(op):
    import torch

    binary = (0.4, 0.7)
    case = layer("conv2d", Conv2dAttributes(padding=(1, 1, 1, 1), binary=binary), (1, 6, 6, 7), (5, 3, 3, 7), 0)
    if op == "linear":
        case = layer("linear", LinearAttributes(None, binary), (1, 70), (5, 70), 0)
    node, (x, weights, bias), outputs = case
    codes = np.random.default_rng(1).integers(-128, 128, x.shape).astype(np.int8)
    scale = np.array(weights.quantization.scale)
    real = [dequantize(codes, x.scale, x.zero_point),
            (weights.data * scale.reshape(-1, *[1] * (weights.data.ndim - 1))).astype(np.float32),
            (bias.data * scale * binary[1] / 256).astype(np.float32)]
    want = get(op).forward(node.attrs, *map(torch.from_numpy, real))[0].numpy()
    (got,) = get(op).reference(get(op).lower(*case), codes, rounding=Rounding.DOUBLE)
    ideal = np.clip(want / outputs[0].scale + outputs[0].zero_point, -128, 127)
    assert np.abs(got - ideal).max() < 0.75
    assert len(np.unique(got)) > 3
