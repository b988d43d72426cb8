"""The kernels for Arm64 equal the integer reference, on a processor with NEON alone, with SDOT and with I8MM."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from tests.ops import arm64, qemu, test_avg_pool2d, test_conv2d, test_depthwise_conv2d, test_linear, test_max_pool2d
from tests.ops._cases import binary_cases
from tests.ops.cases import CLAMPS, integer, weighted
from tests.ops.qemu import Case
from toolchain import ops
from toolchain.numerics import Rounding
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.depthwise_conv2d import DepthwiseConv2dAttributes


@st.composite
def inner_windows(draw: st.DrawFn) -> Case:
    """Draw a conv2d whose windows lie inside the input, with eights of channels: more than one tile of each kind."""
    kernel, stride = draw(st.sampled_from([(1, 1), (1, 3), (3, 3)])), draw(st.sampled_from([(1, 1), (1, 2), (2, 2)]))
    size = tuple(integer(draw, k, k + 9) for k in kernel)
    channels, outputs = 8 * integer(draw, 1, 7), integer(draw, 1, 40)
    attrs = Conv2dAttributes(stride, clamp=draw(st.sampled_from(CLAMPS)))
    return weighted(draw, "conv2d", attrs, (1, *size, channels), (outputs, *kernel, channels), 0)


@st.composite
def channels_together(draw: st.DrawFn) -> Case:
    """Draw a depthwise_conv2d of nine taps whose channels fill vectors, or several pixels of which do."""
    channels = draw(st.sampled_from([1, 2, 4, 8, 16, 48, 40]))
    height, width = integer(draw, 1, 9), integer(draw, 1, 9)
    attrs = DepthwiseConv2dAttributes(draw(st.sampled_from([(1, 1), (2, 2)])), (1, 1, 1, 1))
    return weighted(draw, "depthwise_conv2d", attrs, (1, height, width, channels), (1, 3, 3, channels), 3)


CASES = {"conv2d": test_conv2d.cases() | inner_windows(),
         "depthwise_conv2d": test_depthwise_conv2d.cases() | channels_together(),
         "linear": test_linear.cases(), "add": binary_cases("add"), "avg_pool2d": test_avg_pool2d.cases(),
         "max_pool2d": test_max_pool2d.cases()}

pytestmark = pytest.mark.skipif(not arm64.processors(), reason="qemu-aarch64 is not installed")


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("op", CASES)
def test_kernels_equal_the_reference(op: str, rounding: Rounding) -> None:
    made = arm64.conformance(qemu.draw(CASES[op], 60, 1), rounding)
    assert set(made) == {k.name for k in ops.get(op).kernels if k.isa == "neon"}
