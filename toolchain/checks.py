"""What a metric does not tell of a compressed classifier: classes, calibration, robustness, and what it looks at.

    ECE        sum over 15 bins of the confidence of |accuracy - confidence|, weighted by samples
    noise      accuracy with Gaussian noise on the inputs, relative to their standard deviation
    bit flips  accuracy when each stored bit of the weights flips with a probability
    saliency   mean cosine of d logit[c] / d input of both networks, c the float network's class

Shapes: data in device layout; outputs are the logits [N, K], softmax gives the confidence.
Source: Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017), equation 3; Simonyan et al., "Deep Inside
        Convolutional Networks" (2013), section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from toolchain.compress.evaluate import evaluate
from toolchain.compress.layers import weight_axis, weighted
from toolchain.data import Data
from toolchain.ir import Array, Graph, Tensor
from toolchain.numerics import dequantize
from toolchain.ops.execute import forward, run_float
from toolchain.report import Checks, ClassAccuracy, Disturbance

#: Samples that are looked at, and those with gradients.
SAMPLES, GRADIENT_SAMPLES, BATCH = 512, 64, 32
NOISE = (0.05, 0.1, 0.2)
FLIPS = (1e-4, 1e-3, 1e-2)
BINS = 15


def checks(canonical: Graph, compressed: Graph, data: Data, seed: int) -> Checks | None:
    """Return the checks of a classifier; None without labels or with another kind of network."""
    samples = data.evaluation
    if samples is None or canonical.tensors[canonical.inputs[0]].dtype != "f32" or len(canonical.outputs) != 1:
        return None
    labels = samples.targets.reshape(len(samples.targets), -1)
    width = canonical.tensors[canonical.outputs[0]].shape[-1]
    if labels.shape[1] != 1 or samples.targets.dtype.kind not in "iub" or width < 2 or labels.max() >= width:
        return None
    chosen = np.linspace(0, len(labels) - 1, min(SAMPLES, len(labels))).astype(int)
    inputs, y = [x[chosen] for x in samples.inputs], labels[chosen, 0].astype(np.int64)
    before, after = _float(canonical, inputs), _integer(compressed, inputs)
    right = [p.argmax(axis=1) == y for p in (before, after)]
    rng = np.random.default_rng(seed)
    return Checks(
        samples=len(y),
        classes=tuple(ClassAccuracy(int(c), int((y == c).sum()), *(round(float(r[y == c].mean()), 4) for r in right))
                      for c in np.unique(y)),
        ece_before=_ece(before, y), ece_after=_ece(after, y),
        agreement=round(float(np.mean(before.argmax(axis=1) == after.argmax(axis=1))), 4),
        noise=tuple(_noise(canonical, compressed, inputs, y, level, rng) for level in NOISE),
        bit_flips=tuple(_flips(compressed, inputs, y, rate, rng) for rate in FLIPS),
        saliency=_saliency(canonical, compressed, [x[:GRADIENT_SAMPLES] for x in inputs]))


def _float(graph: Graph, inputs: Sequence[Array]) -> Array:
    pieces = [run_float(graph, [x[i : i + BATCH] for x in inputs])[0] for i in range(0, len(inputs[0]), BATCH)]
    outputs = np.concatenate(pieces)
    return outputs.reshape(len(outputs), -1)


def _integer(graph: Graph, inputs: Sequence[Array]) -> Array:
    outputs = evaluate(graph, inputs, batch=BATCH)[0]
    return outputs.reshape(len(outputs), -1)


def _accuracy(outputs: Array, y: Array) -> float:
    return round(float(np.mean(outputs.argmax(axis=1) == y)), 4)


def _ece(outputs: Array, y: Array) -> float:
    """Return the expected calibration error; outputs that are probabilities already stay as they are."""
    total = outputs.sum(axis=1)
    if outputs.min() < 0 or np.abs(total - 1).max() > 0.05:
        shifted = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        outputs = shifted / shifted.sum(axis=1, keepdims=True)
    confidence, right = outputs.max(axis=1), outputs.argmax(axis=1) == y
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs(right[bins == b].mean() - confidence[bins == b].mean()) * np.mean(bins == b) for b in np.unique(bins)]
    return round(min(1.0, float(sum(gaps))), 4)


def _noise(canonical: Graph, compressed: Graph, inputs: Sequence[Array], y: Array, level: float,
           rng: np.random.Generator) -> Disturbance:
    noisy = [(x + level * x.std() * rng.standard_normal(x.shape)).astype(np.float32) for x in inputs]
    return Disturbance(level, _accuracy(_float(canonical, noisy), y), _accuracy(_integer(compressed, noisy), y))


def _flips(graph: Graph, inputs: Sequence[Array], y: Array, rate: float, rng: np.random.Generator) -> Disturbance:
    flipped = [_flip(graph.tensors[node.inputs[1]], weight_axis(node) or 0, rate, rng) for node in weighted(graph)]
    return Disturbance(rate, None, _accuracy(_integer(graph.with_tensors(*flipped), inputs), y))


def _flip(tensor: Tensor, axis: int, rate: float, rng: np.random.Generator) -> Tensor:
    """Return weights of which each stored bit is flipped with a probability; indices of sparse weights stay."""
    assert tensor.data is not None
    if tensor.storage is None:
        return replace(tensor, data=_flip_bits(tensor.data, rate, rng))
    arrays = dict(tensor.storage.encode(tensor.data, axis))
    key = "values" if "values" in arrays else "weights"
    arrays[key] = _flip_bits(arrays[key], rate, rng)
    return replace(tensor, data=tensor.storage.decode(arrays, tensor.shape, axis))


def _flip_bits(array: Array, rate: float, rng: np.random.Generator) -> Array:
    raw = np.frombuffer(array.tobytes(), np.uint8)
    mask = np.packbits(rng.random(8 * raw.size) < rate)
    flipped: Array = np.frombuffer((raw ^ mask).tobytes(), array.dtype).reshape(array.shape).copy()
    return flipped


def _saliency(canonical: Graph, compressed: Graph, inputs: Sequence[Array]) -> float | None:
    """Return the mean cosine of the input gradients; None when either has none."""
    chosen = _float(canonical, inputs).argmax(axis=1)
    a, b = (_gradients(graph, inputs, chosen) for graph in (canonical, _real(compressed)))
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    known = norms > 0
    if not known.any():
        return None
    return round(float(np.mean((a * b).sum(axis=1)[known] / norms[known])), 4)


def _gradients(graph: Graph, inputs: Sequence[Array], chosen: Array) -> Array:
    import torch

    found = []
    for i in range(0, len(chosen), BATCH):
        leaves = [torch.from_numpy(x[i : i + BATCH].copy()).requires_grad_() for x in inputs]
        values: dict[str, torch.Tensor] = dict(zip(graph.inputs, leaves, strict=True))
        outputs = forward(graph, values)[0].reshape(len(leaves[0]), -1)
        picked = outputs.gather(1, torch.from_numpy(chosen[i : i + BATCH])[:, None]).sum()
        gradients = torch.autograd.grad(picked, leaves)
        found.append(np.concatenate([g.reshape(len(leaves[0]), -1).numpy() for g in gradients], axis=1))
    return np.concatenate(found).astype(np.float64)


def _real(graph: Graph) -> Graph:
    """Return a quantised graph with real constants, so that gradients pass."""
    tensors = []
    for t in graph.constants():
        assert t.data is not None and t.quantization is not None
        shape = [1] * len(t.shape)
        if t.quantization.axis is not None:
            shape[t.quantization.axis] = -1
        scale, zero = (np.array(v).reshape(shape) for v in (t.quantization.scale, t.quantization.zero_point))
        tensors.append(replace(t, dtype="f32", data=dequantize(t.data, scale, zero), storage=None))
    return graph.with_tensors(*tensors)
