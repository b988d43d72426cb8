"""Single layers: every kernel that takes one of these shapes, alone on the simulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from toolchain import compilers, measurement, ops, plan, targets
from toolchain.bench.rows import LayerRow
from toolchain.errors import TargetError
from toolchain.ir import Attributes, Graph, Node, Quantization, Tensor
from toolchain.numerics import Rounding
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.depthwise_conv2d import DepthwiseConv2dAttributes
from toolchain.ops.linear import LinearAttributes

#: Output ranges like those of a layer with ReLU.
SCALE, ZERO_POINT = 0.05, -128


@dataclass(frozen=True)
class Shape:
    """A layer: operator, attributes, input shape and weights shape, both with their batch or channel axes."""

    name: str
    op: str
    attrs: Attributes
    input: tuple[int, ...]
    weights: tuple[int, ...]


def _conv(name: str, size: tuple[int, int], channels: tuple[int, int], kernel: tuple[int, int], stride: int = 1,
          padding: tuple[int, int, int, int] = (0, 0, 0, 0)) -> Shape:
    attrs = Conv2dAttributes(stride=(stride, stride), padding=padding)
    return Shape(name, "conv2d", attrs, (1, *size, channels[0]), (channels[1], *kernel, channels[0]))


def _depthwise(name: str, size: tuple[int, int], channels: int, kernel: tuple[int, int], stride: int = 1,
               padding: tuple[int, int, int, int] = (1, 1, 1, 1)) -> Shape:
    attrs = DepthwiseConv2dAttributes(stride=(stride, stride), padding=padding)
    return Shape(name, "depthwise_conv2d", attrs, (1, *size, channels), (1, *kernel, channels))


def _linear(name: str, inputs: int, outputs: int) -> Shape:
    return Shape(name, "linear", LinearAttributes(), (1, inputs), (outputs, inputs))


SAME = (1, 1, 1, 1)
SHAPES = (
    _conv("conv 3x3 16>16 12x12", (12, 12), (16, 16), (3, 3), padding=SAME),
    _conv("conv 3x3 32>32 6x6", (6, 6), (32, 32), (3, 3), padding=SAME),
    _conv("conv 3x3 16>32 12x12 /2", (12, 12), (16, 32), (3, 3), 2, (0, 1, 0, 1)),
    _conv("conv 3x3 3>8 24x24 /2", (24, 24), (3, 8), (3, 3), 2, (0, 1, 0, 1)),
    _conv("conv 10x4 1>64 25x5 /2", (25, 6), (1, 64), (10, 4), 2, (4, 5, 1, 1)),
    _conv("conv 1x7 8>16 1x64", (1, 64), (8, 16), (1, 7), padding=(0, 0, 3, 3)),
    _conv("conv 5x5 4>8 12x12", (12, 12), (4, 8), (5, 5), padding=(2, 2, 2, 2)),
    _conv("pointwise 64>64 5x5", (5, 5), (64, 64), (1, 1)),
    _conv("pointwise 8>16 24x24", (24, 24), (8, 16), (1, 1)),
    _conv("pointwise 128>128 3x3", (3, 3), (128, 128), (1, 1)),
    _conv("pointwise 16>32 16x16 /2", (16, 16), (16, 32), (1, 1), 2),
    _depthwise("depthwise 3x3 64 13x5", (13, 5), 64, (3, 3)),
    _depthwise("depthwise 3x3 16 24x24", (24, 24), 16, (3, 3)),
    _depthwise("depthwise 3x3 32 16x16 /2", (16, 16), 32, (3, 3), 2, (0, 1, 0, 1)),
    _depthwise("depthwise 1x9 16 1x128", (1, 128), 16, (1, 9), padding=(0, 0, 4, 4)),
    _depthwise("depthwise 5x5 16 12x12", (12, 12), 16, (5, 5), padding=(2, 2, 2, 2)),
    _linear("linear 640>128", 640, 128),
    _linear("linear 64>12", 64, 12),
)


def measure(cores: Sequence[str], compiler: str | None) -> tuple[list[LayerRow], list[str]]:
    """Return a row per shape, kernel and core, and a line for each core that cannot be simulated."""
    rows: list[LayerRow] = []
    skipped: list[str] = []
    for name in cores:
        target = targets.load(name)
        found = compilers.find(compiler, target)
        meter, where = measurement.meter(target, found, Rounding.DOUBLE), measurement.place(target)
        if meter is None or where is None:
            skipped.append(f"layers on {name}: not measured, the simulator does not run this core")
            continue
        graph = _graph()
        calls = [call for node in graph.nodes for call in plan.candidates(graph, node, target.core)]
        for call, cost in zip(calls, meter(graph, calls), strict=True):
            if cost is None:
                raise TargetError(f"{call.kernel.name} cannot be measured on {name}")
            rows.append(LayerRow(layer=call.node.name, kernel=call.kernel.name, core=name, board=where.board.name,
                                 compiler=found.version, macs=call.cost.macs, instructions=cost.instructions,
                                 cycles=cost.cycles, code_bytes=cost.code_bytes))
    return rows, skipped


def _graph() -> Graph:
    """Return a quantised graph with a node per shape, none of which reads another."""
    tensors: dict[str, Tensor] = {}
    nodes = []
    rng = np.random.default_rng(0)
    for shape in SHAPES:
        node, own = _node(shape, rng)
        nodes.append(node)
        tensors.update({t.name: t for t in own})
    return Graph("layers", tensors, tuple(nodes), tuple(n.inputs[0] for n in nodes), tuple(n.outputs[0] for n in nodes))


def _node(shape: Shape, rng: np.random.Generator) -> tuple[Node, list[Tensor]]:
    op = ops.get(shape.op)
    axis = op.weight_quantization_axis(shape.attrs)
    assert axis is not None
    count = shape.weights[axis]
    scales = Quantization.per_channel(rng.uniform(0.001, 0.004, count), axis)
    activations = Quantization.per_tensor(SCALE, ZERO_POINT)
    x = Tensor(f"{shape.name}.x", shape.input, "s8", None, activations)
    weights = Tensor(f"{shape.name}.w", shape.weights, "s8", rng.integers(-127, 128, shape.weights, np.int8), scales)
    bias = Tensor(f"{shape.name}.b", (count,), "s32", rng.integers(-2000, 2001, count, np.int32),
                  Quantization.per_channel([SCALE * s for s in scales.scale], 0))
    (output,) = op.infer(shape.attrs, [x, weights, bias])
    y = Tensor(f"{shape.name}.y", output, "s8", None, activations)
    return Node(shape.name, shape.op, (x.name, weights.name, bias.name), (y.name,), shape.attrs), [x, weights, bias, y]
