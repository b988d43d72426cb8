"""Run a quantised graph on real numbers: quantise the inputs, run the integer reference in batches, dequantise.

Shapes: inputs and outputs are [N, ...], one array per graph input and output, in device layout (NHWC).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolchain.compress.observers import Progress, batches
from toolchain.ir import Array, Graph, Tensor
from toolchain.numerics import Rounding, dequantize, quantize
from toolchain.ops.execute import run_integer


def quantize_inputs(graph: Graph, inputs: Sequence[Array]) -> list[Array]:
    """Return float inputs as the graph takes them, one array per graph input: int8 codes, or float32."""
    tensors = [graph.tensors[name] for name in graph.inputs]
    return [x.astype(np.float32) if t.dtype == "f32" else quantize(x, t.scale, t.zero_point)
            for x, t in zip(inputs, tensors, strict=True)]


def real_values(tensor: Tensor, values: Array) -> Array:
    """Return the float32 values of a graph's tensor: what its codes stand for, or what it holds."""
    if tensor.dtype == "f32":
        return values
    real: Array = dequantize(values, tensor.scale, tensor.zero_point)
    return real


def evaluate(graph: Graph, inputs: Sequence[Array], rounding: Rounding = Rounding.DOUBLE, batch: int = 32,
             progress: Progress | None = None) -> list[Array]:
    """Return the float32 outputs of a quantised graph for float inputs; memory is that of ``batch`` samples."""
    pieces = []
    for piece in batches(inputs, batch):
        codes = run_integer(graph, quantize_inputs(graph, piece), rounding)
        tensors = [graph.tensors[name] for name in graph.outputs]
        pieces.append([real_values(t, y) for y, t in zip(codes, tensors, strict=True)])
        if progress is not None:
            progress("evaluation", min(len(pieces) * batch, len(inputs[0])), len(inputs[0]))
    return [np.concatenate(parts) for parts in zip(*pieces, strict=True)]
