"""prelu: every kernel equals the integer reference, which is close to float and equal to TensorFlow Lite."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops import _litert
from tests.ops._cases import (
    ROUNDINGS,
    SCALES,
    ZERO_POINTS,
    activation,
    conformance,
    constant,
    quantization,
    real_error_lsb,
)
from toolchain.errors import ModelError
from toolchain.ir import Node
from toolchain.numerics import Rounding
from toolchain.ops import get
from toolchain.ops.prelu import PreluAttributes

NODE = Node("n", "prelu", ("x", "alpha"), ("y",), PreluAttributes())


def slopes(count, scale=0.01, zero_point=0, seed=0):
    codes = np.random.default_rng(seed).integers(-128, 128, count).astype(np.int8)
    return constant("alpha", codes, quantization(scale, zero_point))


@st.composite
def cases(draw: st.DrawFn):
    """Draw tensors of any shape and quantisation, one slope or one per channel."""
    shape = (1, *draw(st.lists(st.integers(1, 7), min_size=1, max_size=3)))
    x, y = (activation(n, shape, draw(SCALES), draw(ZERO_POINTS)) for n in "xy")
    count = draw(st.sampled_from([1, shape[-1]]))
    return [x, slopes(count, draw(SCALES), draw(ZERO_POINTS), draw(st.integers(0, 99)))], [y]


@settings(max_examples=60, deadline=None)
@given(case=cases(), rounding=ROUNDINGS, seed=st.integers(0, 1000))
def test_kernels_equal_the_reference(case, rounding, seed):
    assert conformance(NODE, *case, rounding=rounding, seed=seed) >= 1


@pytest.mark.parametrize("count", [1, 11])
def test_reference_is_close_to_float(count):
    x, y = activation("x", (1, 9, 11), 0.03, -30), activation("y", (1, 9, 11), 0.04, 17)
    assert real_error_lsb("prelu", PreluAttributes(), [x, slopes(count, 0.01, 3)], y) < 1


@pytest.mark.parametrize("seed", range(10))
def test_reference_equals_tensorflow_lite(seed):
    rng = np.random.default_rng(seed)
    scales = rng.uniform(0.01, 0.2, 3)
    x = activation("x", (1, 4, 5, 6), scales[0], rng.integers(-128, 128))
    y = activation("y", (1, 4, 5, 6), scales[1], -7)
    alpha = slopes(6, scales[2] * 0.1, 0, seed)
    codes = rng.integers(-128, 128, x.shape).astype(np.int8)
    (got,) = get("prelu").reference(get("prelu").lower(NODE, [x, alpha], [y]), codes, rounding=Rounding.DOUBLE)
    reshaped = constant("alpha", alpha.data.reshape(1, 1, 6), alpha.quantization)
    np.testing.assert_array_equal(got, _litert.run("PRELU", [x, reshaped], y, [codes]))


def test_slopes_that_do_not_fit_are_refused():
    with pytest.raises(ModelError, match="do not fit"):
        get("prelu").infer(PreluAttributes(), [activation("x", (1, 4, 6)), slopes(4)])
