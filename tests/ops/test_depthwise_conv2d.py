"""depthwise_conv2d: every kernel equals the integer reference, and the reference is close to float."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops.cases import CLAMPS, codes, integer, run_reference_close_to_float, weighted, window
from tests.ops.harness import activation, conformance, constant
from toolchain.errors import ModelError
from toolchain.ir import Node, Quantization
from toolchain.numerics import Rounding
from toolchain.ops import get
from toolchain.ops.depthwise_conv2d import DepthwiseConv2dAttributes


@st.composite
def cases(draw):
    w = window(draw)
    if draw(st.booleans()):  # the window that has kernels of its own
        w = window(draw, kernel=(3, 3), dilation=(1, 1))
    elif draw(st.booleans()):
        w = window(draw, kernel=draw(st.sampled_from([(1, 9), (9, 1), (5, 5), (2, 7), (6, 1), (1, 16)])))
    channels, multiplier = integer(draw, 1, 13), draw(st.sampled_from([1, 1, 1, 2, 3]))
    attrs = DepthwiseConv2dAttributes(w["stride"], w["padding"], w["dilation"], draw(st.sampled_from(CLAMPS)))
    weights_shape = (1, *w["kernel"], channels * multiplier)
    return weighted(draw, "depthwise_conv2d", attrs, (1, *w["size"], channels), weights_shape, 3)


@settings(max_examples=60, deadline=None)
@given(case=cases(), rounding=st.sampled_from(Rounding), seed=st.integers(0, 1000))
def test_kernels_equal_the_reference(case, rounding, seed):
    assert conformance(*case, rounding=rounding, seed=seed) >= 1


@settings(max_examples=30, deadline=None)
@given(case=cases(), seed=st.integers(0, 1000))
def test_reference_is_close_to_float(case, seed):
    run_reference_close_to_float(*case, seed)


@pytest.mark.parametrize("shape, stride, padding", [
    ((25, 5, 8), (1, 1), (1, 1, 1, 1)),  # lines are columns
    ((48, 30, 6), (1, 1), (1, 1, 1, 1)),  # several bands, channels not a multiple of four
    ((33, 40, 4), (2, 2), (0, 1, 0, 1)),
    ((31, 21, 5), (2, 1), (0, 2, 2, 1)),
    ((9, 90, 7), (3, 2), (2, 0, 1, 1)),
])
@pytest.mark.parametrize("rounding", Rounding)
def test_3x3_windows_of_larger_images(shape, stride, padding, rounding):
    assert_conformance(shape, (3, 3), DepthwiseConv2dAttributes(stride, padding), 1, rounding)


@pytest.mark.parametrize("shape, kernel, attrs, multiplier", [
    ((1, 130, 5), (1, 9), DepthwiseConv2dAttributes((1, 2), (0, 0, 4, 4)), 1),
    ((75, 1, 4), (31, 1), DepthwiseConv2dAttributes((3, 1), (15, 15, 0, 0)), 1),  # lines are columns, three phases
    ((40, 36, 7), (5, 5), DepthwiseConv2dAttributes((1, 1), (2, 2, 2, 2)), 1),  # several bands
    ((33, 29, 4), (7, 4), DepthwiseConv2dAttributes((2, 2), (3, 2, 1, 2)), 1),
    ((30, 30, 4), (5, 3), DepthwiseConv2dAttributes((1, 1), (4, 4, 1, 1), (2, 1)), 1),  # dilation across the lines
    ((18, 20, 5), (3, 3), DepthwiseConv2dAttributes((2, 1), (1, 1, 1, 1)), 3),
])
@pytest.mark.parametrize("rounding", Rounding)
def test_other_windows_of_larger_images(shape, kernel, attrs, multiplier, rounding):
    assert_conformance(shape, kernel, attrs, multiplier, rounding)


def assert_conformance(shape, kernel, attrs, multiplier, rounding):
    rng, channels = np.random.default_rng(0), shape[2] * multiplier
    scales = Quantization.per_channel(rng.uniform(0.01, 0.02, channels), 3)
    inputs = [activation("x", (1, *shape), 0.05, -3), constant("w", codes(rng, (1, *kernel, channels)), scales),
              constant("b", rng.integers(-20000, 20000, channels).astype(np.int32))]
    y = activation("y", get("depthwise_conv2d").infer(attrs, inputs)[0], 0.3, 5)
    node = Node("n", "depthwise_conv2d", ("x", "w", "b"), ("y",), attrs)
    assert conformance(node, inputs, [y], rounding=rounding) >= 1


def test_weights_that_do_not_fit_are_refused():
    inputs = [activation("x", (1, 5, 5, 4)), constant("w", np.ones((1, 3, 3, 6), np.int8)),
              constant("b", np.zeros(6, np.int32))]
    with pytest.raises(ModelError, match="do not fit 4 input channels"):
        get("depthwise_conv2d").infer(DepthwiseConv2dAttributes(), inputs)
