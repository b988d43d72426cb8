"""Prints instructions per element of the kernels without MACs, in Unicorn: ``python -m tests.ops.bench_elementwise``.

Not a test.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from tests.ops.harness import activation, constant, measure, runtimes
from toolchain.ir import Node
from toolchain.ops import get
from toolchain.ops.activation import ActivationAttributes
from toolchain.ops.add import BinaryAttributes
from toolchain.ops.clamp import ClampAttributes
from toolchain.ops.prelu import PreluAttributes
from toolchain.ops.requantize import RequantizeAttributes
from toolchain.ops.softmax import SoftmaxAttributes
from toolchain.ops.transpose import TransposeAttributes

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
    for op, attrs, shapes, constant_index in CASES:
        if words and op not in words:
            continue
        inputs = [activation("ab"[i], s, (0.05, 0.031)[i], 3) for i, s in enumerate(shapes)]
        if constant_index is not None:
            codes = np.random.default_rng(0).integers(-128, 128, shapes[constant_index]).astype(np.int8)
            inputs[constant_index] = constant("b", codes, inputs[constant_index].quantization)
        fixed = get(op).fixed_quantization(attrs)
        scale, zero_point = (0.07, 5) if fixed is None else (fixed.scale[0], fixed.zero_point[0])
        y = activation("y", get(op).infer(attrs, inputs)[0], scale, zero_point)
        node = Node("n", op, tuple(t.name for t in inputs), ("y",), attrs)
        params = get(op).lower(node, inputs, [y])
        for kernel in get(op).kernels:
            for runtime in runtimes():
                if runtime.core != "host" and runtime.runs(kernel) and kernel.supports(params) is None:
                    count = measure(runtime, node, inputs, [y], kernel.name) / y.count
                    print(f"{kernel.name:34} {y.shape!s:16} {runtime!s:18} {count:7.2f} instructions an element")


if __name__ == "__main__":
    main(sys.argv[1:])
