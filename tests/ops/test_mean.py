"""mean: every kernel equals the integer reference, and the reference is close to float."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.ops.cases import integer, run_reference_close_to_float
from tests.ops.harness import activation, conformance
from toolchain.errors import ModelError
from toolchain.ir import Node
from toolchain.numerics import Rounding
from toolchain.ops import get
from toolchain.ops.mean import MeanAttributes


@st.composite
def cases(draw):
    shape = (1, *draw(st.lists(st.integers(1, 7), min_size=1, max_size=4)))
    axes = tuple(draw(st.sets(st.integers(1, len(shape) - 1), min_size=1)))
    attrs = MeanAttributes(axes, draw(st.booleans()))
    x = activation("x", shape, 0.05, integer(draw, -128, 127))
    y_shape = get("mean").infer(attrs, [x])[0]
    y = activation("y", y_shape, float(draw(st.sampled_from([0.0005, 0.03, 0.05, 0.2, 1e6]))), integer(draw, -128, 127))
    return Node("n", "mean", ("x",), ("y",), attrs), [x], [y]


@settings(max_examples=50, deadline=None)
@given(case=cases(), rounding=st.sampled_from(Rounding), seed=st.integers(0, 1000))
def test_kernels_equal_the_reference(case, rounding, seed):
    assert conformance(*case, rounding=rounding, seed=seed) >= 1


@settings(max_examples=30, deadline=None)
@given(case=cases(), seed=st.integers(0, 1000))
def test_reference_is_close_to_float(case, seed):
    assume(case[2][0].shape != ())
    run_reference_close_to_float(*case, seed)


def test_three_separate_runs_of_axes_are_refused():
    with pytest.raises(ModelError, match="more than two separate runs"):
        get("mean").infer(MeanAttributes((1, 3, 5)), [activation("x", (1, 2, 2, 2, 2, 2))])


def test_the_batch_is_never_reduced():
    with pytest.raises(ModelError, match="does not fit"):
        get("mean").infer(MeanAttributes((0,)), [activation("x", (1, 4))])
