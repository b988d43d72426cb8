"""Random quantised networks of images: chains and residual blocks of convolutions, pools and elementwise operators."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.emit.models import Builder
from toolchain.ir import Graph
from toolchain.ops.add import BinaryAttributes
from toolchain.ops.avg_pool2d import AvgPool2dAttributes
from toolchain.ops.clamp import ClampAttributes
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.depthwise_conv2d import DepthwiseConv2dAttributes
from toolchain.ops.max_pool2d import Pool2dAttributes

Pair = tuple[int, int]


def conv(b: Builder, x: str, channels: int, kernel: Pair = (3, 3), stride: Pair = (1, 1),
         padding: tuple[int, int, int, int] = (1, 1, 1, 1), dilation: Pair = (1, 1)) -> str:
    weights = b.weights((channels, *kernel, b.tensors[x].shape[3]))
    return b.node("conv2d", Conv2dAttributes(stride, padding, dilation), x, *weights, scale=0.5)


def depthwise(b: Builder, x: str, stride: Pair = (1, 1), padding: tuple[int, int, int, int] = (1, 1, 1, 1)) -> str:
    weights = b.weights((1, 3, 3, b.tensors[x].shape[3]), axis=3)
    return b.node("depthwise_conv2d", DepthwiseConv2dAttributes(stride, padding), x, *weights, scale=0.4)


def residual(b: Builder, x: str, channels: int, stride: Pair = (1, 1)) -> str:
    """Add two 3x3 convolutions, and the input or a 1x1 convolution of it."""
    skip = x
    if stride != (1, 1) or b.tensors[x].shape[3] != channels:
        skip = conv(b, x, channels, (1, 1), stride, (0, 0, 0, 0))
    y = conv(b, conv(b, x, channels, stride=stride), channels)
    return b.node("add", BinaryAttributes(), skip, y, scale=0.6)


def residual_network(side: int = 32) -> Graph:
    """ResNet-8 without its last block, with random weights."""
    b = Builder("residual")
    x = conv(b, b.input("x", (1, side, side, 3)), 16)
    x = residual(b, residual(b, x, 16), 32, (2, 2))
    return b.graph(b.node("avg_pool2d", AvgPool2dAttributes((2, 2), (2, 2)), x))


def separable_network(side: int = 48) -> Graph:
    """The first layers of a MobileNet, with random weights."""
    b = Builder("separable")
    x = conv(b, b.input("x", (1, side, side, 3)), 8, stride=(2, 2), padding=(0, 1, 0, 1))
    for channels, stride in ((16, (1, 1)), (32, (2, 2)), (32, (1, 1))):
        x = conv(b, depthwise(b, x, stride, (1, 1, 1, 1)), channels, (1, 1), padding=(0, 0, 0, 0))
    return b.graph(b.node("max_pool2d", Pool2dAttributes((2, 2), (2, 2)), x))


@st.composite
def networks(draw: st.DrawFn) -> Graph:
    """Return a network of two to six layers; sizes, windows and strides of all kinds."""
    b = Builder("random")
    x = b.input("x", (1, draw(st.integers(5, 12)), draw(st.integers(1, 6)), draw(st.sampled_from([1, 3, 4]))))
    for _ in range(draw(st.integers(2, 6))):
        height = b.tensors[x].shape[1]
        kinds = ["conv", "depthwise", "max", "average", "clamp", "residual", "wide"]
        kind = draw(st.sampled_from(kinds if height >= 4 else ["clamp", "residual"]))
        stride = (draw(st.integers(1, 3)), 1)
        pad = (draw(st.integers(0, 1)), draw(st.integers(0, 1)), 1, 1)
        if kind == "conv":
            x = conv(b, x, draw(st.integers(1, 6)), (draw(st.integers(1, 3)), 3), stride, pad, (1, 1))
        elif kind == "wide" and height >= 6:
            x = conv(b, x, 3, (3, 1), stride, (*pad[:2], 0, 0), (2, 1))
        elif kind == "depthwise":
            x = depthwise(b, x, stride, pad)
        elif kind == "max":
            x = b.node("max_pool2d", Pool2dAttributes((2, 1), (2, 1)), x)
        elif kind == "average":
            attrs = AvgPool2dAttributes((3, 1), stride, (*pad[:2], 0, 0), draw(st.booleans()))
            x = b.node("avg_pool2d", attrs, x)
        elif kind == "residual":
            x = residual(b, x, draw(st.sampled_from([2, b.tensors[x].shape[3]])), (1, 1))
        else:
            x = b.node("clamp", ClampAttributes(-1.0, 3.0), x, scale=0.3)
    return b.graph(b.node("clamp", ClampAttributes(-2.0, 2.0), x, scale=0.1))
