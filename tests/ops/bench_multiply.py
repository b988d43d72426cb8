"""Prints cycles and instructions per MAC of the kernels that multiply: ``python -m tests.ops.bench_multiply [WORD]``.

Shapes are those of the MLPerf Tiny reference models. Not a test.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from tests.ops.harness import activation, constant
from toolchain import compilers, measurement, targets
from toolchain.ir import Graph, Node, Quantization, Tensor
from toolchain.numerics import Rounding
from toolchain.ops import get
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.depthwise_conv2d import DepthwiseConv2dAttributes
from toolchain.ops.linear import LinearAttributes
from toolchain.plan import candidates

SAME = (1, 1, 1, 1)
HALF = (0, 1, 0, 1)
LAYERS: list[tuple[str, str, Any, tuple[int, ...], tuple[int, ...]]] = [
    ("3x3 16->16 32x32", "conv2d", Conv2dAttributes((1, 1), SAME), (1, 32, 32, 16), (16, 3, 3, 16)),
    ("3x3 16->32 s2 32x32", "conv2d", Conv2dAttributes((2, 2), HALF), (1, 32, 32, 16), (32, 3, 3, 16)),
    ("3x3 32->32 16x16", "conv2d", Conv2dAttributes((1, 1), SAME), (1, 16, 16, 32), (32, 3, 3, 32)),
    ("3x3 64->64 8x8", "conv2d", Conv2dAttributes((1, 1), SAME), (1, 8, 8, 64), (64, 3, 3, 64)),
    ("1x1 16->32 s2 32x32", "conv2d", Conv2dAttributes((2, 2)), (1, 32, 32, 16), (32, 1, 1, 16)),
    ("1x1 8->16 48x48", "conv2d", Conv2dAttributes(), (1, 48, 48, 8), (16, 1, 1, 8)),
    ("1x1 64->64 25x5", "conv2d", Conv2dAttributes(), (1, 25, 5, 64), (64, 1, 1, 64)),
    ("1x1 128->128 6x6", "conv2d", Conv2dAttributes(), (1, 6, 6, 128), (128, 1, 1, 128)),
    ("3x3 3->8 s2 96x96", "conv2d", Conv2dAttributes((2, 2), HALF), (1, 96, 96, 3), (8, 3, 3, 3)),
    ("3x3 3->16 32x32", "conv2d", Conv2dAttributes((1, 1), SAME), (1, 32, 32, 3), (16, 3, 3, 3)),
    ("10x4 1->64 s2 49x10", "conv2d", Conv2dAttributes((2, 2), (4, 5, 1, 1)), (1, 49, 10, 1), (64, 10, 4, 1)),
    ("1x5 16->16 1x128", "conv2d", Conv2dAttributes((1, 1), (0, 0, 2, 2)), (1, 1, 128, 16), (16, 1, 5, 16)),
    ("dw 3x3 64 25x5", "depthwise_conv2d", DepthwiseConv2dAttributes((1, 1), SAME), (1, 25, 5, 64), (1, 3, 3, 64)),
    ("dw 3x3 8 48x48", "depthwise_conv2d", DepthwiseConv2dAttributes((1, 1), SAME), (1, 48, 48, 8), (1, 3, 3, 8)),
    ("dw 3x3 16 s2 48x48", "depthwise_conv2d", DepthwiseConv2dAttributes((2, 2), HALF), (1, 48, 48, 16),
     (1, 3, 3, 16)),
    ("dw 3x3 128 6x6", "depthwise_conv2d", DepthwiseConv2dAttributes((1, 1), SAME), (1, 6, 6, 128), (1, 3, 3, 128)),
    ("dw 1x5 32 1x128", "depthwise_conv2d", DepthwiseConv2dAttributes((1, 1), (0, 0, 2, 2)), (1, 1, 128, 32),
     (1, 1, 5, 32)),
    ("linear 640->128", "linear", LinearAttributes(), (1, 640), (128, 640)),
    ("linear 128->128", "linear", LinearAttributes(), (1, 128), (128, 128)),
    ("linear 64->10", "linear", LinearAttributes(), (1, 64), (10, 64)),
]


def main(words: list[str]) -> None:
    """Measure the layers whose name holds one of ``words`` (all without words), with every kernel and compiler."""
    graph = layers(words)
    target = targets.load("sim-cortex-m4")
    for name in ("gcc", "zig"):
        measure = measurement.meter(target, compilers.find(name, target), Rounding.DOUBLE)
        assert measure is not None
        calls = [call for node in graph.nodes for call in candidates(graph, node, target.core)
                 if call.kernel.isa != "ref"]
        for call, cost in zip(calls, measure(graph, calls), strict=True):
            assert cost is not None
            macs = call.cost.macs
            print(f"{call.node.name:22} {call.kernel.name:38} {name:4} {macs:8} MACs {cost.cycles / macs:6.3f} cycles"
                  f" and {cost.instructions / macs:6.3f} instructions a MAC, scratch {call.scratch_bytes}")


def layers(words: list[str]) -> Graph:
    """Return a quantised graph with a node for each layer, none of which reads another."""
    rng = np.random.default_rng(0)
    nodes, tensors = [], dict[str, Tensor]()
    for name, op, attrs, x_shape, w_shape in LAYERS:
        if words and not any(w in name for w in words):
            continue
        axis = 3 if op == "depthwise_conv2d" else 0
        channels = w_shape[axis]
        weights = rng.integers(-127, 128, w_shape).astype(np.int8)
        inputs = [activation(f"{name} x", x_shape, 0.05, -128),
                  constant(f"{name} w", weights, Quantization.per_channel([0.01] * channels, axis)),
                  constant(f"{name} b", rng.integers(-500, 500, channels).astype(np.int32))]
        y = activation(f"{name} y", get(op).infer(attrs, inputs)[0], 0.3, -128)
        nodes.append(Node(name, op, tuple(t.name for t in inputs), (y.name,), attrs))
        tensors.update({t.name: t for t in (*inputs, y)})
    return Graph("layers", tensors, tuple(nodes), tuple(n.inputs[0] for n in nodes),
                 tuple(n.outputs[0] for n in nodes))


if __name__ == "__main__":
    main(sys.argv[1:])
