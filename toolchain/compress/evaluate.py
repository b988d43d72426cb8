"""Run a quantised graph on real numbers: quantise the inputs, run the integer reference in batches, dequantise.

Shapes: inputs and outputs are [N, ...], one array per graph input and output, in device layout (NHWC).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolchain.compress.observers import Progress, batches
from toolchain.ir import Array, Graph
from toolchain.numerics import Rounding, dequantize, quantize
from toolchain.ops.execute import run_integer


def quantize_inputs(graph: Graph, inputs: Sequence[Array]) -> list[Array]:
    """Return the int8 codes of float inputs, one array per graph input."""
    tensors = [graph.tensors[name] for name in graph.inputs]
    return [quantize(x, t.scale, t.zero_point) for x, t in zip(inputs, tensors, strict=True)]


def evaluate(graph: Graph, inputs: Sequence[Array], rounding: Rounding = Rounding.DOUBLE, batch: int = 32,
             progress: Progress | None = None) -> list[Array]:
    """Return the float32 outputs of a quantised graph for float inputs; memory is that of ``batch`` samples."""
    pieces = []
    for piece in batches(inputs, batch):
        codes = run_integer(graph, quantize_inputs(graph, piece), rounding)
        tensors = [graph.tensors[name] for name in graph.outputs]
        pieces.append([dequantize(y, t.scale, t.zero_point) for y, t in zip(codes, tensors, strict=True)])
        if progress is not None:
            progress("evaluation", min(len(pieces) * batch, len(inputs[0])), len(inputs[0]))
    return [np.concatenate(parts) for parts in zip(*pieces, strict=True)]
