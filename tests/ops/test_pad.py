"""pad: every kernel equals the integer reference, which is the float padding of the codes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops._copies import check
from tests.ops.harness import activation
from toolchain.errors import ModelError
from toolchain.ops import get
from toolchain.ops.pad import PadAttributes

WIDTHS = st.sampled_from([0, 0, 1, 2, 3])


@st.composite
def cases(draw: st.DrawFn):
    """Draw a shape of rank 2 to 5, widths and a value."""
    shape = (1, *draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))
    before, after = ((0, *[draw(WIDTHS) for _ in shape[1:]]) for _ in range(2))
    return shape, PadAttributes(before, after, draw(st.sampled_from([0.0, -3.0, 7.0, float("-inf"), float("inf")])))


@settings(max_examples=60, deadline=None)
@given(case=cases(), zero_point=st.integers(-128, 127), seed=st.integers(0, 1000))
def test_kernels_and_reference_equal_the_float_padding(case, zero_point, seed):
    shape, attrs = case
    check("pad", attrs, [shape], seed, zero_point)


@pytest.mark.parametrize("attrs", [PadAttributes((1, 0), (0, 0)), PadAttributes((0, -1), (0, 0)),
                                   PadAttributes((0,), (0,))])
def test_widths_that_do_not_fit_are_refused(attrs):
    with pytest.raises(ModelError, match="pad"):
        get("pad").infer(attrs, [activation("x", (1, 4))])
