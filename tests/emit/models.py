"""Tiny quantised models, built directly as graphs: enough of every form that generated C can take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from toolchain import ops
from toolchain.ir import Array, Attributes, Graph, Node, Origin, Quantization, Shape, Tensor, check
from toolchain.ops.activation import ActivationAttributes
from toolchain.ops.add import BinaryAttributes
from toolchain.ops.avg_pool2d import AvgPool2dAttributes
from toolchain.ops.clamp import ClampAttributes
from toolchain.ops.concat import ConcatAttributes
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.depthwise_conv2d import DepthwiseConv2dAttributes
from toolchain.ops.linear import LinearAttributes
from toolchain.ops.max_pool2d import Pool2dAttributes
from toolchain.ops.mean import MeanAttributes
from toolchain.ops.pad import PadAttributes
from toolchain.ops.prelu import PreluAttributes
from toolchain.ops.requantize import RequantizeAttributes
from toolchain.ops.reshape import ReshapeAttributes
from toolchain.ops.resize_nearest import ResizeNearestAttributes
from toolchain.ops.slice import SliceAttributes
from toolchain.ops.softmax import SoftmaxAttributes
from toolchain.ops.transpose import TransposeAttributes


@dataclass
class Builder:
    """Adds nodes to a quantised graph with random weights from one seed."""

    name: str
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))
    tensors: dict[str, Tensor] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)

    def input(self, name: str, shape: Shape, scale: float = 0.05, zero_point: int = 3) -> str:
        self.tensors[name] = Tensor(name, shape, "s8", None, Quantization.per_tensor(scale, zero_point))
        self.inputs.append(name)
        return name

    def constant(self, name: str, data: Array, quantization: Quantization | None = None) -> str:
        dtype = {"int8": "s8", "int32": "s32"}[data.dtype.name]
        self.tensors[name] = Tensor(name, data.shape, dtype, data, quantization)
        return name

    def node(self, op: str, attrs: Attributes, *inputs: str, origin: Origin | None = None, scale: float | None = None,
             zero_point: int = -4) -> str:
        """Add a node; its output keeps the quantisation of input 0 unless ``scale`` gives another."""
        index = len(self.nodes)
        name = f"{op}_{index}"
        read = [self.tensors[i] for i in inputs]
        (shape,) = ops.get(op).infer(attrs, read)
        quantization = read[0].quantization if scale is None else Quantization.per_tensor(scale, zero_point)
        self.tensors[f"{name}.out"] = Tensor(f"{name}.out", shape, "s8", None, quantization)
        self.nodes.append(Node(name, op, inputs, (f"{name}.out",), attrs, origin or Origin(f"body.{index}")))
        return f"{name}.out"

    def codes(self, shape: Shape, scale: float) -> str:
        """Add a random int8 constant of one scale; return its name."""
        data = self.rng.integers(-127, 128, shape).astype(np.int8)
        return self.constant(f"c{len(self.nodes)}", data, Quantization.per_tensor(scale, 0))

    def weights(self, shape: Shape, data: Array | None = None, axis: int = 0) -> tuple[str, str]:
        """Add random weights of one scale per output channel, and a bias; return their names."""
        index, channels = len(self.nodes), shape[axis]
        data = self.rng.integers(-127, 128, shape).astype(np.int8) if data is None else data
        scales = Quantization.per_channel([0.01 + 0.001 * i for i in range(channels)], axis)
        bias = np.arange(-channels, channels, 2, dtype=np.int32) * 50
        return self.constant(f"w{index}", data, scales), self.constant(f"b{index}", bias)

    def graph(self, *outputs: str) -> Graph:
        return check(Graph(self.name, self.tensors, tuple(self.nodes), tuple(self.inputs), outputs), "test")


def convolutions() -> Graph:
    """Two convolutions that share their weights, a pool, a reshape, a linear layer; names that need care in C."""
    b = Builder("convolutions")
    x = b.input("image */ /* data", (1, 6, 6, 2))
    weights = b.rng.integers(-127, 128, (2, 3, 3, 2)).astype(np.int8)
    attrs = Conv2dAttributes(padding=(1, 1, 1, 1), clamp=(0.0, 6.0))
    where = Origin("stem.0", "/home/someone/model.py:12  y = self.stem(x)  # a /* b */ \\")
    y = b.node("conv2d", attrs, x, *b.weights((2, 3, 3, 2), weights), origin=where, scale=0.1)
    y = b.node("conv2d", attrs, y, *b.weights((2, 3, 3, 2), weights.copy()), origin=Origin("größe.1"), scale=0.1)
    y = b.node("max_pool2d", Pool2dAttributes(kernel=(2, 2), stride=(2, 2)), y)
    y = b.node("reshape", ReshapeAttributes((1, 18)), y)
    y = b.node("linear", LinearAttributes(), y, *b.weights((4, 18)), origin=Origin("while"), scale=0.3)
    return b.graph(y)


def in_place() -> Graph:
    """A chain in place on the input's memory; the input's view, an inner tensor and the last one are outputs."""
    b = Builder("in_place")
    x = b.input("x", (1, 8))
    y = b.node("clamp", ClampAttributes(-1.0, 2.0), x, scale=0.04)
    z = b.node("clamp", ClampAttributes(0.0, 1.0), y, scale=0.04)
    view = b.node("reshape", ReshapeAttributes((1, 2, 4)), y)
    return b.graph(view, z, z)


def branches() -> Graph:
    """Two inputs, a sum, a slice, an array of inputs."""
    b = Builder("branches")
    left, right = b.input("left", (1, 4, 4, 2)), b.input("right", (1, 4, 4, 2), 0.08, -11)
    total = b.node("add", BinaryAttributes(), left, right, scale=0.1)
    part = b.node("slice", SliceAttributes((0, 1, 0, 0), (1, 2, 4, 2), (1, 1, 1, 1)), total)
    joined = b.node("concat", ConcatAttributes(1), total, part, total)
    return b.graph(joined)


def everything() -> Graph:
    """Each operator at least once, on an image that stays small."""
    b = Builder("everything")
    x = b.input("x", (1, 6, 6, 3))
    y = b.node("pad", PadAttributes((0, 1, 0, 0), (0, 0, 1, 0)), x)
    y = b.node("conv2d", Conv2dAttributes(stride=(2, 1)), y, *b.weights((4, 3, 3, 3)), scale=0.5)
    y = b.node("depthwise_conv2d", DepthwiseConv2dAttributes(padding=(1, 1, 1, 1)), y,
               *b.weights((1, 3, 3, 8), axis=3), scale=1.0)
    y = b.node("prelu", PreluAttributes(), y, b.codes((8,), 0.01), scale=0.9)
    left = b.node("slice", SliceAttributes((0, 0, 0, 0), (1, 3, 5, 4), (1, 1, 1, 2)), y)
    right = b.node("slice", SliceAttributes((0, 0, 4, 7), (1, 3, 5, 4), (1, 1, -1, -2)), y)
    total = b.node("add", BinaryAttributes(clamp=(0.0, 6.0)), left, right, scale=0.8)
    total = b.node("sub", BinaryAttributes(), total, b.codes((1, 1, 1, 4), 0.7), scale=0.9)
    gate = b.node("activation", ActivationAttributes("sigmoid"), b.node("mean", MeanAttributes(keepdims=True), right),
                  scale=1 / 256, zero_point=-128)
    total = b.node("mul", BinaryAttributes(), total, gate, scale=0.4)
    total = b.node("clamp", ClampAttributes(-3.0, 40.0), total, scale=0.35)
    total = b.node("requantize", RequantizeAttributes(), total, scale=1.0)
    pooled = b.node("avg_pool2d", AvgPool2dAttributes(kernel=(3, 2), padding=(1, 1, 0, 0)), total)
    most = b.node("max_pool2d", Pool2dAttributes(kernel=(3, 2), stride=(2, 2), padding=(1, 1, 0, 0)), total)
    joined = b.node("concat", ConcatAttributes(3), pooled, most)
    big = b.node("resize_nearest", ResizeNearestAttributes((0, 0, 1), (1, 0, 1, 0)), joined)
    turned = b.node("transpose", TransposeAttributes((0, 3, 1, 2)), big)
    flat = b.node("reshape", ReshapeAttributes((1, turned_count := 8 * 3 * 4)), turned)
    scores = b.node("linear", LinearAttributes(), flat, *b.weights((5, turned_count)), scale=0.6)
    logs = b.node("log_softmax", SoftmaxAttributes(), scores, scale=16 / 256, zero_point=127)
    return b.graph(b.node("softmax", SoftmaxAttributes(), scores, scale=1 / 256, zero_point=-128), logs, turned)


MODELS: Mapping[str, Callable[[], Graph]] = {f.__name__: f for f in (convolutions, in_place, branches, everything)}

