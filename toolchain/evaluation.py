"""What the data says of a build: test vectors, accuracy of float model, integer reference and device, SQNR.

Shapes: data in device layout (``on_device``); metrics see outputs in PyTorch's layout, float32 [N, ...].
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from toolchain.build_directory import Vectors
from toolchain.compress.evaluate import evaluate, quantize_inputs, real_values
from toolchain.compress.sqnr import layer_sqnr
from toolchain.data import Data, Samples
from toolchain.ir import Array, Graph, Program, from_device, to_device
from toolchain.metrics import Metric
from toolchain.numerics import Rounding
from toolchain.ops.execute import run_float, run_integer
from toolchain.passes.dead_channels import Removal
from toolchain.report import Accuracy, Compression

BATCH = 32  # samples that are evaluated at once
SQNR_SAMPLES = 16
RANDOM_VECTORS = 32

Step = Callable[[str, int, int], None]


def is_integer(graph: Graph) -> bool:
    """Return whether the graph is quantised already, as a .tflite model is when it arrives."""
    return all(graph.tensors[name].dtype == "s8" for name in graph.inputs)


def is_float(graph: Graph) -> bool:
    """Return whether the graph computes in float32."""
    return all(graph.tensors[name].dtype == "f32" for name in graph.inputs)


def torch_shape(graph: Graph, name: str) -> tuple[int, ...]:
    """Return the shape of a graph input in PyTorch's layout."""
    shape, permutation = graph.tensors[name].shape, graph.layouts.get(name)
    return shape if permutation is None else tuple(shape[i] for i in np.argsort(permutation))


def on_device(graph: Graph, data: Data) -> Data:
    """Return the data with every input in the graph's layout."""

    def move(arrays: Sequence[Array]) -> tuple[Array, ...]:
        return tuple(to_device(graph, i, x) for i, x in enumerate(arrays))

    def moved(samples: Samples | None) -> Samples | None:
        if samples is None:
            return None
        draw = samples.draw
        return replace(samples, inputs=move(samples.inputs), draw=None if draw is None else lambda rng: move(draw(rng)))

    return Data(move(data.calibration), moved(data.evaluation), moved(data.training))


def sample_indices(total: int, count: int | str) -> list[int]:
    """Return ``count`` indices spread evenly over ``total`` samples; all of them for "all"."""
    number = total if count == "all" else min(total, int(count))
    return [i * total // number for i in range(number)]


def make_vectors(program: Program, data: Data, count: int | str, seed: int) -> Vectors:
    """Return vectors spread evenly over the evaluation data, else the calibration data, else random; with outputs."""
    graph, real = program.graph, _sample_inputs(data)
    if real:
        chosen = sample_indices(len(real[0]), count)
        inputs = quantize_inputs(graph, [x[chosen] for x in real])
    else:
        rng, number = np.random.default_rng(seed), RANDOM_VECTORS if count == "all" else int(count)
        shapes = [graph.tensors[name].shape[1:] for name in graph.inputs]
        if is_float(graph):
            inputs = [rng.standard_normal((number, *shape), dtype=np.float32) for shape in shapes]
        else:
            inputs = [rng.integers(-128, 128, (number, *shape), dtype=np.int8) for shape in shapes]
    pieces = [
        run_integer(graph, [x[i : i + BATCH] for x in inputs], Rounding(program.rounding))
        for i in range(0, len(inputs[0]), BATCH)
    ]
    return Vectors(tuple(inputs), tuple(np.concatenate(parts) for parts in zip(*pieces, strict=True)))


def accuracy(
    metric: Metric,
    canonical: Graph,
    program: Program,
    data: Data,
    vectors: int | str,
    device_outputs: Sequence[Array],
    step: Step,
) -> Accuracy:
    """Return the metric of the float graph and the integer reference on all samples, of the device on its vectors."""
    samples, quantized = data.evaluation, program.graph
    if samples is None:
        return Accuracy(metric.name, None, None, None, 0, 0)
    exact = None
    if not is_integer(canonical):
        exact = metric(_torch_layout(canonical, _run_float(canonical, samples.inputs, step)), samples.targets)
    outputs = evaluate(quantized, samples.inputs, Rounding(program.rounding), BATCH, step)
    compressed = metric(_torch_layout(quantized, outputs), samples.targets)
    chosen = sample_indices(len(samples.targets), vectors)
    tensors = [quantized.tensors[name] for name in quantized.outputs]
    real = [real_values(t, y) for y, t in zip(device_outputs, tensors, strict=True)]
    device = metric(_torch_layout(quantized, real), samples.targets[chosen])
    return Accuracy(metric.name, exact, compressed, device, len(samples.targets), len(chosen))


def removed_channels(before: Graph, after: Graph, removals: Sequence[Removal]) -> tuple[Compression, ...]:
    """Return what the exact removal of dead channels did, per layer: bytes are those of the layer's own constants."""

    def constant_bytes(graph: Graph, name: str) -> int:
        nodes = [n for n in graph.nodes if n.name == name]
        return sum(t.size_bytes for n in nodes for t in graph.inputs_of(n) if t.data is not None)

    modules = {n.name: n.origin.module or n.name for n in before.nodes}
    return tuple(
        Compression(
            technique="remove dead channels",
            layer=modules[r.node],
            config={"channels": r.removed, "of": r.of},
            flash_saved_bytes=constant_bytes(before, r.node) - constant_bytes(after, r.node),
            cycles_saved=None,
            accuracy_after=None,
        )
        for r in removals
    )


def sqnr_db(canonical: Graph, quantized: Graph, data: Data, rounding: Rounding) -> dict[str, float]:
    """Return the SQNR by layer name; layers without noise or signal are left out."""
    inputs = _sample_inputs(data)
    if not inputs or is_integer(canonical) or is_float(quantized):
        return {}
    chosen = sample_indices(len(inputs[0]), SQNR_SAMPLES)
    rows = layer_sqnr(canonical, quantized, [x[chosen] for x in inputs], rounding)
    return {node.name: value for node, value in rows if math.isfinite(value)}


def _sample_inputs(data: Data) -> tuple[Array, ...]:
    return data.evaluation.inputs if data.evaluation is not None else data.calibration


def _torch_layout(graph: Graph, outputs: Sequence[Array]) -> list[Array]:
    return [from_device(graph, i, y) for i, y in enumerate(outputs)]


def _run_float(graph: Graph, inputs: Sequence[Array], step: Step) -> list[Array]:
    pieces, total = [], len(inputs[0])
    for start in range(0, total, BATCH):
        pieces.append(run_float(graph, [x[start : start + BATCH] for x in inputs]))
        step("float evaluation", min(start + BATCH, total), total)
    return [np.concatenate(parts) for parts in zip(*pieces, strict=True)]
