"""Tiny quantised models, built directly as graphs: enough of every form that generated C can take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from toolchain import ops
from toolchain.ir import Array, Attributes, Graph, Node, Origin, Quantization, Shape, Tensor, check
from toolchain.ops.add import BinaryAttributes
from toolchain.ops.clamp import ClampAttributes
from toolchain.ops.concat import ConcatAttributes
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.linear import LinearAttributes
from toolchain.ops.max_pool2d import Pool2dAttributes
from toolchain.ops.reshape import ReshapeAttributes
from toolchain.ops.slice import SliceAttributes


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

    def weights(self, shape: Shape, data: Array | None = None) -> tuple[str, str]:
        """Add random weights of one scale per output channel, and a bias; return their names."""
        index, channels = len(self.nodes), shape[0]
        data = self.rng.integers(-127, 128, shape).astype(np.int8) if data is None else data
        scales = Quantization.per_channel([0.01 + 0.001 * i for i in range(channels)], 0)
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


MODELS: Mapping[str, Callable[[], Graph]] = {f.__name__: f for f in (convolutions, in_place, branches)}
