"""What "accuracy" means for a model: a function of outputs and targets, and what counts as a loss of it.

Shapes: outputs float32 [N, ...] (the model's first output; a function of the user's own gets all of them, as a tuple,
        when the model has several), targets [N, ...].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from toolchain.errors import ModelError, UsageError, unknown_name
from toolchain.ir import Array

Score = Callable[[Any, Array], float]


@dataclass(frozen=True)
class Metric:
    """A named score; ``lower_is_better`` holds for errors."""

    name: str
    score: Score
    lower_is_better: bool = False
    whole: bool = False  # True: ``score`` gets a tuple when the model has several outputs

    def __call__(self, outputs: Sequence[Array], targets: Array) -> float:
        """Return the score of a model's outputs."""
        return float(self.score(tuple(outputs) if self.whole and len(outputs) > 1 else outputs[0], targets))

    def drop(self, reference: float, value: float) -> float:
        """Return what was lost: the difference of a score, the relative increase of an error; negative for a gain.

        Rounded to 1e-9: 0.905 - 0.89 is a loss of 0.015 to whoever allows that much.
        """
        lost = value - reference if self.lower_is_better else reference - value
        return round(lost / reference if self.lower_is_better and reference > 0 else lost, 9)


def accuracy(outputs: Array, targets: Array) -> float:
    """Return the share of samples whose largest output is the target class (one output: a probability, above 0.5)."""
    flat = outputs.reshape(len(outputs), -1)
    predicted = flat.argmax(axis=1) if flat.shape[1] > 1 else (flat[:, 0] > 0.5).astype(np.int64)
    labels = targets.reshape(len(targets), -1)
    if labels.shape[1] != 1:
        if labels.shape[1] != flat.shape[1]:
            raise ModelError(f"metric accuracy needs one label a sample, y has shape {targets.shape}")
        labels = labels.argmax(axis=1)[:, None]  # one-hot
    return float(np.mean(predicted == labels[:, 0]))


def mse(outputs: Array, targets: Array) -> float:
    """Return the mean squared error."""
    if outputs.size != targets.size:
        raise ModelError(f"metric mse compares outputs {outputs.shape} with y {targets.shape}: sizes differ")
    difference = outputs.reshape(-1).astype(np.float64) - targets.reshape(-1)
    return float(np.mean(difference * difference))


def auc(outputs: Array, targets: Array) -> float:
    """Return the area under the ROC curve: the chance that a positive sample scores above a negative one.

    One output is the score; of two, the difference of the second and the first. Targets are 0 or 1; ties count half.
    """
    flat = outputs.reshape(len(outputs), -1).astype(np.float64)
    labels = targets.reshape(-1)
    if flat.shape[1] > 2 or len(labels) != len(flat) or not np.isin(labels, (0, 1)).all():
        raise ModelError(
            f"metric auc needs one or two outputs and labels 0 or 1, has outputs {outputs.shape}, y {targets.shape}"
        )
    scores = flat[:, 0] if flat.shape[1] == 1 else flat[:, 1] - flat[:, 0]
    positive, negative = scores[labels == 1], np.sort(scores[labels == 0])
    if not len(positive) or not len(negative):
        raise ModelError("metric auc needs samples of both classes")
    below = np.searchsorted(negative, positive, "left") + np.searchsorted(negative, positive, "right")
    return float(below.sum() / 2 / (len(positive) * len(negative)))


METRICS: Mapping[str, Metric] = {
    m.name: m for m in (Metric("accuracy", accuracy), Metric("mse", mse, lower_is_better=True), Metric("auc", auc))
}


def get(name: str, where: str) -> Metric:
    """Return a metric by name; UsageError that lists the names."""
    if name not in METRICS:
        what, details, hints = unknown_name("metric", name, METRICS)
        raise UsageError(what, [("where", where), *details], [*hints, '"module:function", taking (outputs, y)'])
    return METRICS[name]
