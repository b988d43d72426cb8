"""slice: every kernel equals the integer reference, which is the float slice of the codes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops._copies import check
from tests.ops.harness import activation
from toolchain.errors import ModelError
from toolchain.ir import Node
from toolchain.ops import get
from toolchain.ops.slice import SliceAttributes


@st.composite
def cases(draw: st.DrawFn):
    """Draw a shape of rank 2 to 5 and a slice of it, forwards or backwards on every axis."""
    shape, starts, sizes, strides = [1], [0], [1], [1]
    for extent in draw(st.lists(st.integers(1, 6), min_size=1, max_size=4)):
        stride = draw(st.sampled_from([1, 1, 2, 3, -1, -2]))
        size = draw(st.integers(1, (extent - 1) // abs(stride) + 1))
        first = draw(st.integers(0, extent - 1 - (size - 1) * abs(stride)))
        shape.append(extent)
        starts.append(first if stride > 0 else first + (size - 1) * abs(stride))
        sizes.append(size)
        strides.append(stride)
    return tuple(shape), SliceAttributes(tuple(starts), tuple(sizes), tuple(strides))


@settings(max_examples=80, deadline=None)
@given(case=cases(), seed=st.integers(0, 1000))
def test_kernels_and_reference_equal_the_float_slice(case, seed):
    shape, attrs = case
    check("slice", attrs, [shape], seed)


def test_a_contiguous_slice_is_one_run():
    attrs = SliceAttributes((0, 2, 0, 0), (1, 3, 5, 4), (1, 1, 1, 1))
    x = activation("x", (1, 8, 5, 4))
    params = get("slice").lower(Node("n", "slice", ("x",), ("y",), attrs), [x], [activation("y", attrs.sizes)])
    assert (params.offset, params.run_bytes, params.sizes) == (40, 60, (1, 1, 1, 1))


@pytest.mark.parametrize("attrs", [
    SliceAttributes((0, 1), (1, 4), (1, 1)), SliceAttributes((0, 1), (1, 2), (1, -2)),
    SliceAttributes((0, 0), (1, 2), (1, 0)),
    SliceAttributes((0,), (1,), (1,))])
def test_slices_outside_the_tensor_are_refused(attrs):
    with pytest.raises(ModelError, match="slice"):
        get("slice").infer(attrs, [activation("x", (1, 4))])
