"""Data for decisions, apart from the data for fitting and from the evaluation data, which only the report looks at.

With training data a fifth of it is held out and its labels decide; where the samples come in groups (people, machines,
sessions), whole groups, because samples of one group are alike. Without training data it is a quarter of the
calibration data, and what the float network says of it stands for labels; then the loss of the metric is at most the
share of samples on which the two networks disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from toolchain.compress.evaluate import evaluate
from toolchain.data import Data, Samples
from toolchain.ir import Array, Graph, from_device
from toolchain.metrics import METRICS, Metric
from toolchain.ops.execute import run_float

#: Share that is held out of the training data, of the calibration data, and most samples of it.
TRAINING, CALIBRATION, MOST = 0.2, 0.25, 1000
BATCH = 32


@dataclass(frozen=True, eq=False)
class Judge:
    """Samples held out, the metric that decides, and what the float network reaches."""

    held: Samples
    metric: Metric
    reference: float

    @property
    def resolution(self) -> float:
        """Return the standard error of an accuracy on these samples; 0 for other metrics."""
        count, share = len(self.held.targets), min(0.99, max(0.5, self.reference))
        return float(np.sqrt(share * (1 - share) / count)) if self.metric.name == "accuracy" else 0.0

    def drop(self, outputs: Sequence[Array]) -> float:
        """Return the loss of the metric for outputs in PyTorch's layout."""
        return self.metric.drop(self.reference, self.metric(outputs, self.held.targets))


def hold_out(graph: Graph, data: Data, metric: Metric, seed: int) -> tuple[Data, Judge]:
    """Return the data to fit with, and the judge of the rest."""
    rng = np.random.default_rng(seed)
    if data.training is not None:
        kept, held = _training_split(data.training, rng)
        samples = replace(data.training, copies=()).take(held)
        return replace(data, training=data.training.take(kept), evaluation=None), _judge(graph, samples, metric)
    kept, held = _split(len(data.calibration[0]), CALIBRATION, rng)
    inputs = tuple(x[held] for x in data.calibration)
    outputs = float_outputs(graph, inputs)
    flat = outputs[0].reshape(len(held), -1)
    classes = metric.name == "accuracy" and flat.shape[1] > 1
    samples = Samples(inputs, flat.argmax(axis=1) if classes else outputs[0])
    judge = Judge(samples, METRICS["accuracy"], 1.0) if classes else Judge(samples, _RELATIVE, 0.0)
    return Data(tuple(x[kept] for x in data.calibration)), judge


def float_outputs(graph: Graph, inputs: Sequence[Array]) -> list[Array]:
    """Return the outputs of a float graph in PyTorch's layout."""
    pieces = [run_float(graph, [x[i : i + BATCH] for x in inputs]) for i in range(0, len(inputs[0]), BATCH)]
    return [from_device(graph, i, np.concatenate(parts)) for i, parts in enumerate(zip(*pieces, strict=True))]


def integer_outputs(graph: Graph, inputs: Sequence[Array]) -> list[Array]:
    """Return the outputs of a quantised graph in PyTorch's layout."""
    return [from_device(graph, i, y) for i, y in enumerate(evaluate(graph, inputs))]


def _judge(graph: Graph, samples: Samples, metric: Metric) -> Judge:
    return Judge(samples, metric, metric(float_outputs(graph, samples.inputs), samples.targets))


def _training_split(training: Samples, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return the indices that stay and those held out: whole groups, drawn, that come nearest to the share."""
    if training.groups is None or len(np.unique(training.groups)) < 2:
        return _split(len(training.targets), TRAINING, rng)
    found, sizes = np.unique(training.groups, return_counts=True)
    order = rng.permutation(len(found))[:-1]
    count = 1 + int(np.abs(np.cumsum(sizes[order]) - TRAINING * len(training.groups)).argmin())
    out = np.isin(training.groups, found[order[:count]])
    held = np.flatnonzero(out)
    return np.flatnonzero(~out), held[np.linspace(0, len(held) - 1, min(MOST, len(held))).astype(int)]


def _split(count: int, share: float, rng: np.random.Generator) -> tuple[Array, Array]:
    order = rng.permutation(count)
    held = min(MOST, max(1, round(share * count)), max(1, count - 1))
    return np.sort(order[held:]), np.sort(order[:held])


def _relative(outputs: Array, targets: Array) -> float:
    return float(np.mean(np.square(outputs - targets)) / max(1e-12, float(np.var(targets))))


_RELATIVE = Metric("relative error", _relative, lower_is_better=True)
