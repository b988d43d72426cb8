"""linear: every kernel equals the integer reference, and the reference is close to float."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops.cases import CLAMPS, integer, run_reference_close_to_float, weighted
from tests.ops.harness import activation, conformance, constant
from toolchain.errors import ModelError
from toolchain.ir import Node, Quantization
from toolchain.numerics import Rounding
from toolchain.ops import get
from toolchain.ops.linear import LinearAttributes


@st.composite
def cases(draw):
    rows = draw(st.sampled_from([(), (), (1,), (3,), (2, 2)]))
    features, outputs = integer(draw, 1, 70), integer(draw, 1, 19)
    attrs = LinearAttributes(draw(st.sampled_from(CLAMPS)))
    return weighted(draw, "linear", attrs, (1, *rows, features), (outputs, features), 0)


@settings(max_examples=60, deadline=None)
@given(case=cases(), rounding=st.sampled_from(Rounding), seed=st.integers(0, 1000))
def test_kernels_equal_the_reference(case, rounding, seed):
    assert conformance(*case, rounding=rounding, seed=seed) >= 1


@settings(max_examples=30, deadline=None)
@given(case=cases(), seed=st.integers(0, 1000))
def test_reference_is_close_to_float(case, seed):
    run_reference_close_to_float(*case, seed)


def test_wide_layers_are_exact():
    """The sum of 5000 products passes 2^24, where float32 stops to be exact."""
    weights = constant("w", np.full((1, 5000), 127, np.int8), Quantization.per_channel([1.0], 0))
    inputs = [activation("x", (1, 5000), 0.05, -128), weights, constant("b", np.array([1], np.int32))]
    node = Node("n", "linear", ("x", "w", "b"), ("y",), LinearAttributes())
    y = activation("y", (1, 1), 0.05 * 2.0**24, 0)
    op = get("linear")
    x = np.full((1, 5000), 127, np.int8)
    out = op.reference(op.lower(node, inputs, [y]), x, rounding=Rounding.SINGLE)[0]
    assert out.item() == round((5000 * 127 * 255 + 1) / 2**24)
    assert conformance(node, inputs, [y], data=[x]) >= 1


@pytest.mark.parametrize("pattern", [(127, 127), (-128, -128), (-128, 127), (127, -128)])
@pytest.mark.parametrize("sign", [(1, 1), (1, -1), (-1, 1), (-1, -1)])
def test_sums_at_the_limit_of_the_dsp_kernel(pattern, sign):
    """Codes and weights at their extremes, in sums just below 2^23, which the DSP kernel keeps 256 times too large."""
    features = 258
    weights = (127 * np.resize(sign, (4, features))).astype(np.int8)
    scales = Quantization.per_channel([1.0] * 4, 0)
    inputs = [activation("x", (1, features), 0.05, -128), constant("w", weights, scales),
              constant("b", np.array([0, 1, -1, 20000], np.int32))]
    node = Node("n", "linear", ("x", "w", "b"), ("y",), LinearAttributes())
    y = activation("y", (1, 4), 0.05 * 2.0**16, 0)
    fast = next(k for k in get("linear").kernels if k.name == "tc_linear_s8_dsp")
    assert fast.supports(get("linear").lower(node, inputs, [y])) is None
    assert conformance(node, inputs, [y], data=[np.resize(np.array(pattern, np.int8), (1, features))]) >= 1


def test_sums_above_the_limit_are_left_to_other_kernels():
    features = 300
    weights = constant("w", np.full((1, features), 127, np.int8), Quantization.per_channel([1.0], 0))
    inputs = [activation("x", (1, features), 0.05, -128), weights, constant("b", np.zeros(1, np.int32))]
    node = Node("n", "linear", ("x", "w", "b"), ("y",), LinearAttributes())
    params = get("linear").lower(node, inputs, [activation("y", (1, 1), 0.05 * 2.0**17, 0)])
    fast = next(k for k in get("linear").kernels if k.name == "tc_linear_s8_dsp")
    assert fast.supports(params) == "a sum that may reach 8388608"


def test_accumulators_that_may_overflow_are_refused():
    features = 70000
    weights = constant("w", np.full((1, features), 127, np.int8), Quantization.per_channel([1.0], 0))
    inputs = [activation("x", (1, features)), weights, constant("b", np.zeros(1, np.int32))]
    node = Node("fc", "linear", ("x", "w", "b"), ("y",), LinearAttributes())
    with pytest.raises(ModelError, match="fc may overflow its 32-bit accumulator"):
        get("linear").lower(node, inputs, [activation("y", (1, 1))])


def test_weights_that_do_not_fit_are_refused():
    inputs = [activation("x", (1, 4)), constant("w", np.ones((2, 5), np.int8)), constant("b", np.zeros(2, np.int32))]
    with pytest.raises(ModelError, match="do not fit 4 input features"):
        get("linear").infer(LinearAttributes(), inputs)
