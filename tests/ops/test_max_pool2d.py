"""max_pool2d: every kernel equals the integer reference, and the reference is the maximum in float."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.ops.cases import CLAMPS, integer, run_reference_close_to_float, window
from tests.ops.harness import activation, conformance
from toolchain.errors import ModelError
from toolchain.ir import Node
from toolchain.numerics import Rounding
from toolchain.ops import get
from toolchain.ops.max_pool2d import Pool2dAttributes


@st.composite
def cases(draw):
    w = window(draw)
    attrs = Pool2dAttributes(w["kernel"], w["stride"], w["padding"], w["dilation"], draw(st.sampled_from(CLAMPS)))
    x = activation("x", (1, *w["size"], integer(draw, 1, 9)), 0.05, integer(draw, -128, 127))
    try:
        shape = get("max_pool2d").infer(attrs, [x])[0]
    except ModelError:  # a dilated window that lies in the padding entirely
        assume(False)
    return Node("n", "max_pool2d", ("x",), ("y",), attrs), [x], [activation("y", shape, x.scale, x.zero_point)]


@settings(max_examples=40, deadline=None)
@given(case=cases(), rounding=st.sampled_from(Rounding), seed=st.integers(0, 1000))
def test_kernels_equal_the_reference(case, rounding, seed):
    assert conformance(*case, rounding=rounding, seed=seed) >= 1


@settings(max_examples=30, deadline=None)
@given(case=cases(), seed=st.integers(0, 1000))
def test_reference_is_close_to_float(case, seed):
    run_reference_close_to_float(*case, seed)


def test_padding_never_wins():
    attrs = Pool2dAttributes((3, 3), (1, 1), (1, 1, 1, 1))
    x, y = activation("x", (1, 2, 2, 1)), activation("y", (1, 2, 2, 1))
    op = get("max_pool2d")
    params = op.lower(Node("n", "max_pool2d", ("x",), ("y",), attrs), [x], [y])
    lowest = np.full((1, 2, 2, 1), -128, np.int8)
    assert (op.reference(params, lowest, rounding=Rounding.DOUBLE)[0] == -128).all()


def test_windows_without_input_are_refused():
    with pytest.raises(ModelError, match="window without input"):
        get("max_pool2d").infer(Pool2dAttributes((2, 2), (1, 1), (3, 0, 0, 0)), [activation("x", (1, 4, 4, 1))])
