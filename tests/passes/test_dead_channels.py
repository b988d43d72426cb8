"""Dead channels go, and not one bit of the output changes."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from toolchain import ops
from toolchain.ir import NM, Graph, Node, Quantization, Tensor, check
from toolchain.numerics import Rounding
from toolchain.ops.add import BinaryAttributes
from toolchain.ops.avg_pool2d import AvgPool2dAttributes
from toolchain.ops.concat import ConcatAttributes
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.depthwise_conv2d import DepthwiseConv2dAttributes
from toolchain.ops.execute import run_integer
from toolchain.ops.linear import LinearAttributes
from toolchain.ops.max_pool2d import Pool2dAttributes
from toolchain.ops.reshape import ReshapeAttributes
from toolchain.passes.dead_channels import remove_dead_channels

RELU = (0.0, float("inf"))


class Builder:
    """Grows a quantised graph with random weights, some of whose channels are dead."""

    def __init__(self, seed: int, shape: tuple[int, ...]) -> None:
        self.rng = np.random.default_rng(seed)
        self.tensors = {"x": self.quantised("x", shape)}
        self.nodes: list[Node] = []

    def quantised(self, name: str, shape: tuple[int, ...], like: Tensor | None = None) -> Tensor:
        zero_point = int(self.rng.choice([-128, -128, -3, 20]))
        quantization = like.quantization if like else Quantization.per_tensor(0.05, zero_point)
        return Tensor(name, shape, "s8", None, quantization)

    def node(self, op: str, inputs: list[str], attrs: object, like: bool = False) -> str:
        name = f"{op}{len(self.nodes)}"
        shape = ops.get(op).infer(attrs, [self.tensors[n] for n in inputs])[0]
        self.tensors[name] = self.quantised(name, shape, self.tensors[inputs[0]] if like else None)
        self.nodes.append(Node(f"n_{name}", op, tuple(inputs), (name,), attrs))
        return name

    def weighted(self, op: str, x: str, shape: tuple[int, ...], out_axis: int, attrs: object) -> str:
        """Add a node with weights of which whole output and input channels are zero, with any bias."""
        data = self.rng.integers(-127, 128, shape).astype(np.int8)
        channels = shape[out_axis]
        np.moveaxis(data, out_axis, 0)[self.rng.random(channels) < 0.5] = 0
        if op != "depthwise_conv2d":
            data[..., self.rng.random(shape[-1]) < 0.3] = 0
        bias = self.rng.integers(-3000, 3000, channels).astype(np.int32)
        w, b = f"w{len(self.nodes)}", f"b{len(self.nodes)}"
        scales = self.rng.uniform(0.002, 0.01, channels)
        self.tensors[w] = Tensor(w, shape, "s8", data, Quantization.per_channel(scales, out_axis))
        self.tensors[b] = Tensor(b, (channels,), "s32", bias, Quantization.per_channel(scales, 0))
        return self.node(op, [x, w, b], attrs)

    def conv(self, x: str, channels: int, kernel: int, padding: int, clamp: tuple[float, float] | None) -> str:
        shape = (channels, kernel, kernel, self.tensors[x].shape[-1])
        return self.weighted("conv2d", x, shape, 0, Conv2dAttributes(padding=(padding,) * 4, clamp=clamp))

    def depthwise(self, x: str, clamp: tuple[float, float] | None) -> str:
        shape = (1, 3, 3, self.tensors[x].shape[-1])
        attrs = DepthwiseConv2dAttributes(padding=(1, 1, 1, 1), clamp=clamp)
        return self.weighted("depthwise_conv2d", x, shape, 3, attrs)

    def linear(self, x: str, outputs: int) -> str:
        return self.weighted("linear", x, (outputs, self.tensors[x].shape[-1]), 0, LinearAttributes())

    def graph(self, *outputs: str) -> Graph:
        return check(Graph("g", self.tensors, tuple(self.nodes), ("x",), outputs), "building")


def same(graph: Graph, rounding: Rounding, seed: int = 0) -> Graph:
    """Return the reduced graph after asserting that outputs are equal for random inputs."""
    reduced, _ = remove_dead_channels(graph, rounding)
    check(reduced, "dead channels")
    x = np.random.default_rng(seed).integers(-128, 128, (4, *graph.tensors["x"].shape[1:])).astype(np.int8)
    for want, got in zip(run_integer(graph, [x], rounding), run_integer(reduced, [x], rounding), strict=True):
        np.testing.assert_array_equal(want, got)
    return reduced


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31), relu=st.booleans(), rounding=st.sampled_from(Rounding))
def test_chain_with_depthwise_pool_and_flatten(seed, relu, rounding):
    b = Builder(seed, (1, 6, 5, 3))
    clamp = RELU if relu else None
    y = b.conv("x", 8, 3, 1, clamp)
    y = b.depthwise(y, clamp)
    y = b.conv(y, 8, 1, 0, clamp)
    y = b.node("max_pool2d", [y], Pool2dAttributes((2, 2), (2, 2)), like=True)
    y = b.conv(y, 6, 3, 1, None)
    y = b.node("avg_pool2d", [y], AvgPool2dAttributes((2, 2), (1, 1)), like=True)
    shape = b.tensors[y].shape
    y = b.node("reshape", [y], ReshapeAttributes((1, shape[1] * shape[2] * shape[3])), like=True)
    same(b.graph(b.linear(y, 4)), rounding, seed)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31), rounding=st.sampled_from(Rounding))
def test_residual_and_concat(seed, rounding):
    b = Builder(seed, (1, 5, 5, 2))
    stem = b.conv("x", 6, 3, 1, RELU)
    branch = b.conv(b.conv(stem, 6, 3, 1, RELU), 6, 1, 0, None)
    total = b.node("add", [stem, branch], BinaryAttributes(RELU))
    side = b.node("max_pool2d", [total], Pool2dAttributes((1, 1), (1, 1)), like=True)
    joined = b.node("concat", [total, side], ConcatAttributes(3), like=True)
    b.tensors[side] = Tensor(side, b.tensors[side].shape, "s8", None, b.tensors[total].quantization)
    same(b.graph(b.conv(joined, 3, 3, 1, None)), rounding, seed)


def test_a_dead_chain_loses_its_channels_and_weights():
    b = Builder(3, (1, 6, 6, 4))
    y = b.conv(b.depthwise(b.conv("x", 16, 1, 0, RELU), RELU), 4, 1, 0, None)
    graph = b.graph(y)
    reduced = same(graph, Rounding.DOUBLE)
    assert sum(t.size_bytes for t in reduced.constants()) < 0.8 * sum(t.size_bytes for t in graph.constants())


def test_graph_outputs_keep_their_channels():
    b = Builder(5, (1, 4, 4, 3))
    y = b.conv("x", 8, 3, 1, RELU)
    reduced = same(b.graph(y, b.conv(y, 4, 1, 0, None)), Rounding.DOUBLE)
    assert reduced.tensors[y].shape == (1, 4, 4, 8)


def test_channels_stay_where_a_pattern_of_zeros_needs_them():
    b = Builder(3, (1, 6, 6, 4))
    y = b.conv(b.conv("x", 16, 1, 0, RELU), 4, 1, 0, None)
    first = np.full((16, 1, 1, 4), 3, np.int8)
    first[[5, 6]] = 0
    second = np.where(np.arange(16) % 4 == 1, 7, 0) * np.ones((4, 1, 1, 1), np.int8)
    b.tensors["w0"] = dataclasses.replace(b.tensors["w0"], data=first)
    for storage, left in ((None, 3), (NM(1, 4), 16)):
        b.tensors["w1"] = dataclasses.replace(b.tensors["w1"], data=second.astype(np.int8), storage=storage)
        kept = same(b.graph(y), Rounding.DOUBLE).constants()
        assert [t.shape for t in kept if t.dtype == "s8"][1] == (4, 1, 1, left)


def test_nothing_dead_returns_the_same_graph():
    b = Builder(1, (1, 3, 3, 2))
    y = b.node("max_pool2d", ["x"], Pool2dAttributes((2, 2), (1, 1)), like=True)
    graph = b.graph(y)
    assert remove_dead_channels(graph) == (graph, ())
