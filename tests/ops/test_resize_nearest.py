"""resize_nearest: every kernel equals the integer reference, which picks the rows and columns named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops._copies import check
from tests.ops.harness import activation
from toolchain.errors import ModelError
from toolchain.ops import get
from toolchain.ops.resize_nearest import ResizeNearestAttributes


@st.composite
def cases(draw: st.DrawFn):
    """Draw an image and any source indices, repeated ones included."""
    height, width, channels = (draw(st.integers(1, 5)) for _ in range(3))
    rows, columns = (tuple(draw(st.lists(st.integers(0, d - 1), min_size=1, max_size=7))) for d in (height, width))
    return (1, height, width, channels), ResizeNearestAttributes(rows, columns)


@settings(max_examples=60, deadline=None)
@given(case=cases(), seed=st.integers(0, 1000))
def test_kernels_and_reference_equal_the_float_resize(case, seed):
    shape, attrs = case
    check("resize_nearest", attrs, [shape], seed)


def test_doubling_equals_torch():
    import torch

    x = torch.arange(24.0).reshape(1, 3, 4, 2)
    attrs = ResizeNearestAttributes((0, 0, 1, 1, 2, 2), (0, 0, 1, 1, 2, 2, 3, 3))
    want = torch.nn.functional.interpolate(x.permute(0, 3, 1, 2), scale_factor=2, mode="nearest").permute(0, 2, 3, 1)
    np.testing.assert_array_equal(get("resize_nearest").forward(attrs, x)[0].numpy(), want.numpy())


def test_indices_outside_the_image_are_refused():
    with pytest.raises(ModelError, match="columns"):
        get("resize_nearest").infer(ResizeNearestAttributes((0,), (4,)), [activation("x", (1, 4, 4, 1))])
