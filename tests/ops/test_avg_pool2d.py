"""avg_pool2d: every kernel equals the integer reference; the reference is PyTorch's average, ceil mode included."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.ops.cases import CLAMPS, integer, run_reference_close_to_float, window
from tests.ops.harness import activation, conformance
from toolchain.errors import ModelError
from toolchain.ir import Node
from toolchain.numerics import Rounding
from toolchain.ops import get
from toolchain.ops.avg_pool2d import AvgPool2dAttributes


@st.composite
def cases(draw):
    w = window(draw)
    extra = (integer(draw, 0, w["stride"][0] - 1), integer(draw, 0, w["stride"][1] - 1))
    attrs = AvgPool2dAttributes(w["kernel"], w["stride"], w["padding"], draw(st.booleans()), extra,
                                draw(st.sampled_from(CLAMPS)))
    x = activation("x", (1, *w["size"], integer(draw, 1, 9)), 0.05, integer(draw, -128, 127))
    try:
        shape = get("avg_pool2d").infer(attrs, [x])[0]
    except ModelError:  # a window that lies in the padding entirely
        assume(False)
    return Node("n", "avg_pool2d", ("x",), ("y",), attrs), [x], [activation("y", shape, x.scale, x.zero_point)]


@settings(max_examples=40, deadline=None)
@given(case=cases(), rounding=st.sampled_from(Rounding), seed=st.integers(0, 1000))
def test_kernels_equal_the_reference(case, rounding, seed):
    assert conformance(*case, rounding=rounding, seed=seed) >= 1


@settings(max_examples=30, deadline=None)
@given(case=cases(), seed=st.integers(0, 1000))
def test_reference_is_close_to_float(case, seed):
    run_reference_close_to_float(*case, seed)


@pytest.mark.parametrize("include_pad", [False, True])
@pytest.mark.parametrize("size", [7, 8])
def test_ceil_mode_is_that_of_pytorch(size, include_pad):
    x = torch.randn(1, 3, size, size)
    want = F.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=include_pad)
    extra = (want.shape[2] - 1) * 2 + 3 - size - 2
    attrs = AvgPool2dAttributes((3, 3), (2, 2), (1, 1, 1, 1), include_pad, (extra, extra))
    got = get("avg_pool2d").forward(attrs, x.permute(0, 2, 3, 1))[0].permute(0, 3, 1, 2)
    assert torch.allclose(got, want, atol=1e-6)


def test_halves_round_away_from_zero():
    attrs = AvgPool2dAttributes((1, 2), (1, 2))
    x, y = activation("x", (1, 1, 4, 1)), activation("y", (1, 1, 2, 1))
    op = get("avg_pool2d")
    params = op.lower(Node("n", "avg_pool2d", ("x",), ("y",), attrs), [x], [y])
    codes = np.array([1, 2, -1, -2], np.int8).reshape(1, 1, 4, 1)
    assert op.reference(params, codes, rounding=Rounding.DOUBLE)[0].reshape(-1).tolist() == [2, -2]
