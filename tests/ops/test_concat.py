"""concat: every kernel equals the integer reference, which joins the codes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops._copies import check
from tests.ops.harness import activation, constant
from toolchain.errors import ModelError
from toolchain.ir import GraphError, Node
from toolchain.ops import get
from toolchain.ops.concat import ConcatAttributes


@st.composite
def cases(draw: st.DrawFn):
    """Draw shapes that differ along one axis, counted from the front or the back."""
    shape = [1, *draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))]
    axis = draw(st.integers(1, len(shape) - 1))
    extents = draw(st.lists(st.integers(1, 5), min_size=1, max_size=6))
    shapes = [(*shape[:axis], e, *shape[axis + 1:]) for e in extents]
    return shapes, ConcatAttributes(draw(st.sampled_from([axis, axis - len(shape)])))


@settings(max_examples=60, deadline=None)
@given(case=cases(), seed=st.integers(0, 1000))
def test_kernels_and_reference_equal_the_float_concatenation(case, seed):
    shapes, attrs = case
    check("concat", attrs, shapes, seed)


@pytest.mark.parametrize(("shapes", "axis"), [
    ([(1, 2, 3), (1, 2, 4)], 1), ([(1, 2), (1, 2)], 0), ([(1, 2), (1, 2)], 2)])
def test_shapes_that_do_not_fit_are_refused(shapes, axis):
    with pytest.raises(ModelError, match="concat"):
        get("concat").infer(ConcatAttributes(axis), [activation(f"x{i}", s) for i, s in enumerate(shapes)])


def test_constants_and_unequal_quantisation_are_found():
    node, y = Node("n", "concat", ("a", "b"), ("y",), ConcatAttributes(1)), activation("y", (1, 4), 0.5)
    a = activation("a", (1, 2), 0.5)
    with pytest.raises(ModelError, match="constant"):
        get("concat").lower(node, [a, constant("b", np.zeros((1, 2), np.int8), a.quantization)], [y])
    with pytest.raises(GraphError, match="quantisation"):
        get("concat").lower(node, [a, activation("b", (1, 2), 0.25)], [y])
