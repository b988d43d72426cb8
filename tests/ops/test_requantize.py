"""requantize: every kernel equals the integer reference, and the reference is close to float."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops._cases import ROUNDINGS, SCALES, ZERO_POINTS, activation, conformance, real_error_lsb
from toolchain.ir import Node
from toolchain.ops.requantize import RequantizeAttributes


@st.composite
def cases(draw: st.DrawFn):
    """Draw a node with any shape and quantisation."""
    shape = (1, *draw(st.lists(st.integers(1, 7), min_size=1, max_size=3)))
    x, y = (activation(n, shape, draw(SCALES), draw(ZERO_POINTS)) for n in "xy")
    return Node("n", "requantize", ("x",), ("y",), RequantizeAttributes()), [x], [y]


@settings(max_examples=60, deadline=None)
@given(case=cases(), rounding=ROUNDINGS, seed=st.integers(0, 1000))
def test_kernels_equal_the_reference(case, rounding, seed):
    node, inputs, outputs = case
    assert conformance(node, inputs, outputs, rounding=rounding, seed=seed) >= 1


@pytest.mark.parametrize("scales", [(0.05, 0.05), (0.05, 0.02), (0.01, 0.2)])
def test_reference_is_close_to_float(scales):
    x, y = activation("x", (1, 9, 11), scales[0], -30), activation("y", (1, 9, 11), scales[1], 17)
    assert real_error_lsb("requantize", RequantizeAttributes(), [x], y) < 0.76
