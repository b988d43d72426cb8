"""transpose: every kernel equals the integer reference, which is the float permutation of the codes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops._copies import check
from tests.ops.harness import activation
from toolchain.errors import ModelError
from toolchain.ops import get
from toolchain.ops.transpose import TransposeAttributes


@st.composite
def cases(draw: st.DrawFn):
    """Draw a shape of rank 2 to 5 and a permutation that keeps the batch."""
    shape = (1, *draw(st.lists(st.integers(1, 5), min_size=1, max_size=4)))
    return shape, TransposeAttributes((0, *draw(st.permutations(range(1, len(shape))))))


@settings(max_examples=60, deadline=None)
@given(case=cases(), seed=st.integers(0, 1000))
def test_kernels_and_reference_equal_the_float_permutation(case, seed):
    shape, attrs = case
    check("transpose", attrs, [shape], seed)


def test_the_batch_does_not_move():
    with pytest.raises(ModelError, match="axis 0"):
        get("transpose").infer(TransposeAttributes((1, 0)), [activation("x", (1, 4))])
