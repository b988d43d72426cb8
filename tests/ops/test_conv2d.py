"""conv2d: every kernel equals the integer reference, and the reference is close to float."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ops.cases import CLAMPS, codes, integer, run_reference_close_to_float, weighted, window
from tests.ops.harness import activation, conformance, constant
from toolchain.errors import ModelError
from toolchain.ir import Node, Quantization, Tensor
from toolchain.numerics import Rounding
from toolchain.ops import get
from toolchain.ops.conv2d import Conv2dAttributes


@st.composite
def cases(draw):
    w, groups = window(draw), draw(st.sampled_from([1, 1, 1, 2, 3]))
    per_in, per_out = integer(draw, 1, 20 // groups), integer(draw, 1, 6)
    if draw(st.booleans()):  # what the Winograd kernels take
        w, groups = window(draw, kernel=(integer(draw, 1, 3), 3), dilation=(1, 1), stride=(1, 1)), 1
        w["size"] = (w["size"][0], w["size"][1] + integer(draw, 3, 20))
        per_in, per_out = 4 * integer(draw, 1, 5), 2 * integer(draw, 1, 3)
    attrs = Conv2dAttributes(w["stride"], w["padding"], w["dilation"], groups, draw(st.sampled_from(CLAMPS)))
    weights_shape = (per_out * groups, *w["kernel"], per_in)
    return weighted(draw, "conv2d", attrs, (1, *w["size"], per_in * groups), weights_shape, 0)


@settings(max_examples=60, deadline=None)
@given(case=cases(), rounding=st.sampled_from(Rounding), seed=st.integers(0, 1000))
def test_kernels_equal_the_reference(case, rounding, seed):
    assert conformance(*case, rounding=rounding, seed=seed) >= 1


#: (attributes, input, weights): several groups of blocks, the last of which overlaps the one before it, an odd number
#: of channels, groups; weights that are copied in several parts; lines of several blocks.
LARGER = [(Conv2dAttributes(), (1, 1, 61, 64), (53, 1, 1, 64)), (Conv2dAttributes(), (1, 37, 1, 84), (2, 1, 1, 84)),
          (Conv2dAttributes(), (1, 1, 17, 260), (52, 1, 1, 260)),
          (Conv2dAttributes((1, 2), (1, 0, 1, 1), groups=2), (1, 6, 21, 32), (6, 3, 3, 16)),
          (Conv2dAttributes((1, 1), (1, 1, 1, 1)), (1, 4, 9, 64), (23, 3, 3, 64))]


def larger_case(attrs, x_shape, weights_shape):
    """Return a node with fixed weights, its inputs and its output."""
    rng, channels = np.random.default_rng(1), weights_shape[0]
    inputs = [activation("x", x_shape, 0.05, -3),
              constant("w", rng.integers(-127, 128, weights_shape).astype(np.int8),
                       Quantization.per_channel((0.002 + 0.001 * rng.random(channels)).tolist(), 0)),
              constant("b", rng.integers(-500, 500, channels).astype(np.int32))]
    y = activation("y", get("conv2d").infer(attrs, inputs)[0], 0.3, 5)
    return Node("n", "conv2d", ("x", "w", "b"), ("y",), attrs), inputs, [y]


@pytest.mark.parametrize("shape", LARGER)
@pytest.mark.parametrize("rounding", Rounding)
def test_kernels_equal_the_reference_where_blocks_share_weights(shape, rounding):
    assert conformance(*larger_case(*shape), rounding=rounding, seed=2) >= 1


@settings(max_examples=30, deadline=None)
@given(case=cases(), seed=st.integers(0, 1000))
def test_reference_is_close_to_float(case, seed):
    run_reference_close_to_float(*case, seed)


def two_blocks_of_tiles() -> tuple[Node, list[Tensor], list[Tensor]]:
    """Return a case that the Winograd kernel of tiles of four by two outputs computes in two blocks."""
    rng = np.random.default_rng(0)
    inputs = [activation("x", (1, 6, 8, 4), 0.05, -3),
              constant("w", codes(rng, (4, 3, 3, 4)), Quantization.per_channel([0.01] * 4, 0)),
              constant("b", np.zeros(4, np.int32))]
    node = Node("n", "conv2d", ("x", "w", "b"), ("y",), Conv2dAttributes(padding=(1, 1, 1, 1)))
    return node, inputs, [activation("y", (1, 6, 8, 4), 0.3, 5)]


@pytest.mark.parametrize("size", [(5, 4), (8, 8), (3, 15), (6, 37)])
@pytest.mark.parametrize("rounding", Rounding)
def test_winograd_holds_the_extremes(size, rounding):
    """Codes and weights whose transforms are as large as they get, in rows of one to three blocks."""
    signs = np.where(np.arange(3) % 2 == 0, 127, -127)
    weights = np.concatenate([np.full((3, 3, 3, 8), 127), np.broadcast_to(signs[:, None], (3, 3, 3, 8))])
    x = np.where(np.arange(size[1]) // 2 % 2 == 0, -128, 127)[:, None] * np.ones((1, *size, 8), np.int64)
    inputs = [activation("x", x.shape, 0.05, 127),
              constant("w", weights.astype(np.int8), Quantization.per_channel([0.0001] * 6, 0)),
              constant("b", np.arange(-3000, 3000, 1000).astype(np.int32))]
    attrs = Conv2dAttributes(padding=(1, 1, 1, 1))
    y = activation("y", get("conv2d").infer(attrs, inputs)[0], 0.3, 5)
    node = Node("n", "conv2d", ("x", "w", "b"), ("y",), attrs)
    winograd = [k for k in get("conv2d").kernels if "winograd" in k.name]
    able = [k for k in winograd if k.supports(get("conv2d").lower(node, inputs, [y])) is None]
    assert {"tc_conv2d_s8_winograd_dsp", "tc_conv2d_s8_winograd_4x2_dsp"} <= {k.name for k in able}
    assert conformance(node, inputs, [y], rounding=rounding, data=[x.astype(np.int8)]) >= 1


def test_weights_that_do_not_fit_are_refused():
    inputs = [activation("x", (1, 5, 5, 4)), constant("w", np.ones((2, 3, 3, 5), np.int8)),
              constant("b", np.zeros(2, np.int32))]
    with pytest.raises(ModelError, match="do not fit 4 input channels"):
        get("conv2d").infer(Conv2dAttributes(), inputs)
