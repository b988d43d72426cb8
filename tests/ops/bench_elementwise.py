"""Prints cycles per element of the kernels without MACs: ``python -m tests.ops.bench_elementwise [OP]``.

Not a test.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from tests.ops.harness import activation, constant
from toolchain import compilers, measurement, targets
from toolchain.ir import Graph, Node, Tensor
from toolchain.numerics import Rounding
from toolchain.ops import get
from toolchain.ops.activation import ActivationAttributes
from toolchain.ops.add import BinaryAttributes
from toolchain.ops.clamp import ClampAttributes
from toolchain.ops.prelu import PreluAttributes
from toolchain.ops.requantize import RequantizeAttributes
from toolchain.ops.softmax import SoftmaxAttributes
from toolchain.ops.transpose import TransposeAttributes
from toolchain.plan import candidates

X, CHANNEL = (1, 16, 16, 32), (1, 1, 1, 32)
#: (operator, attributes, shapes, index of the input that is a constant or None)
CASES: list[tuple[str, Any, list[tuple[int, ...]], int | None]] = [
    ("add", BinaryAttributes(), [X, X], None), ("add", BinaryAttributes(), [X, CHANNEL], 1),
    ("sub", BinaryAttributes(), [X, X], None),
    ("mul", BinaryAttributes(), [X, X], None), ("mul", BinaryAttributes(), [X, CHANNEL], None),
    ("mul", BinaryAttributes(), [X, CHANNEL], 1),
    ("activation", ActivationAttributes("sigmoid"), [X], None), ("clamp", ClampAttributes(), [X], None),
    ("requantize", RequantizeAttributes(), [X], None), ("prelu", PreluAttributes(), [X, (32,)], 1),
    ("softmax", SoftmaxAttributes(), [(1, 12)], None), ("softmax", SoftmaxAttributes(), [(1, 8, 100)], None),
    ("log_softmax", SoftmaxAttributes(), [(1, 12)], None),
    ("transpose", TransposeAttributes((0, 3, 1, 2)), [X], None),
]


def main(words: list[str]) -> None:
    """Measure the operators whose name is one of ``words`` (all without words), with every kernel and compiler."""
    graph = layers(words)
    for core in ("cortex-m4", "cortex-m0plus"):
        target = targets.load(core)
        for name in ("gcc", "zig"):
            measure = measurement.meter(target, compilers.find(name, target), Rounding.DOUBLE)
            assert measure is not None
            calls = [call for node in graph.nodes for call in candidates(graph, node, target.core)]
            for call, cost in zip(calls, measure(graph, calls), strict=True):
                assert cost is not None
                count = graph.tensors[call.outputs[0]].count
                print(f"{call.kernel.name:34} {count:6} elements {core:13} {name:4} {cost.cycles / count:7.2f} cycles "
                      f"and {cost.instructions / count:7.2f} instructions an element")


def layers(words: list[str]) -> Graph:
    """Return a quantised graph with a node for each case, none of which reads another."""
    nodes, tensors = [], dict[str, Tensor]()
    for number, (op, attrs, shapes, constant_index) in enumerate(CASES):
        if words and op not in words:
            continue
        names = [f"{op}_{number}_{letter}" for letter in "ab"]
        inputs = [activation(names[i], s, (0.05, 0.031)[i], 3) for i, s in enumerate(shapes)]
        if constant_index is not None:
            codes = np.random.default_rng(0).integers(-128, 128, shapes[constant_index]).astype(np.int8)
            inputs[constant_index] = constant(names[constant_index], codes, inputs[constant_index].quantization)
        fixed = get(op).fixed_quantization(attrs)
        scale, zero_point = (0.07, 5) if fixed is None else (fixed.scale[0], fixed.zero_point[0])
        y = activation(f"{op}_{number}_y", get(op).infer(attrs, inputs)[0], scale, zero_point)
        nodes.append(Node(f"{op}_{number}", op, tuple(t.name for t in inputs), (y.name,), attrs))
        tensors.update({t.name: t for t in (*inputs, y)})
    return Graph("layers", tensors, tuple(nodes), tuple(n.inputs[0] for n in nodes),
                 tuple(n.outputs[0] for n in nodes))


if __name__ == "__main__":
    main(sys.argv[1:])
