"""Empirical bias correction: rounding weights and activations shifts the mean of every channel; the bias takes it back.

For each node with a bias, in order, over calibration samples x: b += mean(W x + b) - mean(W_q x_q + b_q), per output
channel, before any activation range. W x is computed in the float network, W_q x_q with the integer activations of the
network whose earlier biases are corrected already; both networks advance layer by layer together.

Memory: the live activations of both networks for all samples at one layer; fewer samples are used where that would pass
``MEMORY_BYTES``.
Source: Nagel et al., "Data-Free Quantization through Weight Equalization and Bias Correction" (ICCV 2019), section 4.2
        and appendix D (empirical form).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from toolchain import ops
from toolchain.compress.observers import Progress, batches
from toolchain.compress.scales import quantize_bias
from toolchain.ir import Array, Attributes, Graph, Node, Quantization, Tensor
from toolchain.numerics import Rounding, dequantize, quantize

MEMORY_BYTES = 512 * 1024 * 1024
#: Samples that go through an integer reference at once: its 64-bit intermediates stay small.
BATCH = 16


def correct_biases(float_graph: Graph, quantized: Graph, samples: Sequence[Array],
                   progress: Progress | None = None) -> Graph:
    """Return the quantised graph with corrected biases; ``samples`` are float [N, ...].

    Both graphs have the same nodes, and no two nodes of the quantised one share a bias.
    """
    samples = [x[: _sample_count(float_graph)] for x in samples]
    last = {name: i for i, node in enumerate(float_graph.nodes) for name in node.inputs}
    real: dict[str, Array] = dict(zip(float_graph.inputs, samples, strict=True))
    codes = {n: quantize(x, quantized.tensors[n].scale, quantized.tensors[n].zero_point) for n, x in real.items()}
    for index, (node, integer) in enumerate(zip(float_graph.nodes, quantized.nodes, strict=True)):
        if ops.get(node.op).weight_quantization_axis(node.attrs) is not None:
            quantized = _correct(float_graph, quantized, node, integer, real[node.inputs[0]], codes[node.inputs[0]])
        real.update(zip(node.outputs, _run_float(float_graph, node, node.attrs, real), strict=True))
        codes.update(zip(node.outputs, _run_integer(quantized, integer, codes), strict=True))
        for name in (*node.inputs, *node.outputs):
            if last.get(name, -1) <= index:
                real.pop(name, None)
                codes.pop(name, None)
        if progress is not None:
            progress("bias correction", index + 1, len(float_graph.nodes))
    return quantized


def _correct(float_graph: Graph, quantized: Graph, node: Node, integer: Node, x: Array, x_codes: Array) -> Graph:
    """Return the graph with the bias of one node corrected."""
    source, bias = quantized.tensors[node.inputs[0]], quantized.tensors[integer.inputs[2]]
    weights = quantized.tensors[integer.inputs[1]]
    assert weights.data is not None and bias.data is not None and weights.quantization is not None
    open_attrs = _without_clamp(node.attrs)
    wanted = _run_float(float_graph, node, open_attrs, {node.inputs[0]: x})[0]
    values = {node.inputs[0]: dequantize(x_codes, source.scale, source.zero_point),
              node.inputs[1]: _real(weights), node.inputs[2]: _real(bias)}
    got = _run_float(float_graph, node, open_attrs, values)[0]
    axes = tuple(range(wanted.ndim - 1))
    shift = wanted.mean(axis=axes, dtype=np.float64) - got.mean(axis=axes, dtype=np.float64)
    corrected = Tensor(bias.name, bias.shape, "f32", (_real(bias).astype(np.float64) + shift).astype(np.float32))
    scale = ops.get(node.op).input_scale(node.attrs, source)
    return quantized.with_tensors(quantize_bias(corrected, scale, np.array(weights.quantization.scale)))


def _real(tensor: Tensor) -> Array:
    assert tensor.data is not None and tensor.quantization is not None
    q: Quantization = tensor.quantization
    shape = [1] * len(tensor.shape)
    if q.axis is not None:
        shape[q.axis] = -1
    return dequantize(tensor.data, np.array(q.scale).reshape(shape), np.array(q.zero_point).reshape(shape))


def _without_clamp(attrs: Attributes) -> Attributes:
    changes: dict[str, Any] = {"clamp": None}
    return replace(attrs, **changes) if any(f.name == "clamp" for f in fields(attrs)) else attrs


def _run_float(graph: Graph, node: Node, attrs: Attributes, values: dict[str, Array]) -> list[Array]:
    import torch

    with torch.no_grad():
        args = []
        for name in node.inputs:
            data = values[name] if name in values else graph.tensors[name].data
            args.append(torch.from_numpy(np.ascontiguousarray(data)))
        return [y.numpy() for y in ops.get(node.op).forward(attrs, *args)]


def _run_integer(graph: Graph, node: Node, values: dict[str, Array]) -> tuple[Array, ...]:
    op = ops.get(node.op)
    params = op.lower(node, graph.inputs_of(node), graph.outputs_of(node))
    args = [values[n] for n in node.inputs if graph.tensors[n].data is None]
    parts = [op.reference(params, *piece, rounding=Rounding.DOUBLE) for piece in batches(args, BATCH)]
    return tuple(np.concatenate(pieces) for pieces in zip(*parts, strict=True))


def _sample_count(graph: Graph) -> int:
    """Return how many samples fit in MEMORY_BYTES: float and int8 values, and as much again for a layer's work."""
    largest = max((sum(t.count for t in (*graph.inputs_of(n), *graph.outputs_of(n)) if t.data is None)
                   for n in graph.nodes), default=1)
    return max(1, MEMORY_BYTES // (20 * max(1, largest)))
