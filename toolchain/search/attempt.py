"""One candidate, from a recipe to recovered quantised graphs and what they answer on the samples held out.

Stages of recovery, each judged: 0, quantised as it is; where float techniques changed the network and there are
training data, trained in float (batch_norm.py) and then quantised; trained with the arithmetic of the integers
(finetune.py), gently after training in float unless weights have two bits or fewer.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from toolchain.compress import technique
from toolchain.compress.batch_norm import default_recovery, recover
from toolchain.compress.finetune import FinetuneConfig, default_training, finetune
from toolchain.compress.quantize import QuantizeConfig, quantize
from toolchain.compress.training import TrainConfig
from toolchain.data import Data
from toolchain.errors import ModelError
from toolchain.ir import Array, Binary, Graph, Int2, Ternary
from toolchain.search.alternatives import Scene, stored
from toolchain.search.holdout import integer_outputs
from toolchain.search.recipe import Recipe, compressed, quantized, storages
from toolchain.search.sensitivity import divergence, outputs, with_codes

#: Samples that quantise a candidate of which only the size matters.
SKETCH_SAMPLES = 16
#: Learning rate, and share of the epochs, of training in integers after training in float.
GENTLE, SHORTER = 5e-3, 0.25


@dataclass(frozen=True, eq=False)
class Course:
    """What every attempt needs: the canonical float graph, data to fit with, inputs held out, how to train."""

    graph: Graph
    data: Data
    held: tuple[Array, ...]
    seed: int = 0
    epochs: int | None = None  # None: as many as the data suggest; 0: no recovery

    @property
    def training(self) -> TrainConfig:
        """Return how candidates recover in integers."""
        config = default_training(self.data, self.seed)
        return config if self.epochs is None else replace(config, epochs=self.epochs)

    @property
    def float_training(self) -> TrainConfig:
        """Return how candidates recover in float."""
        config = default_recovery(self.data, self.seed)
        return config if self.epochs is None else replace(config, epochs=self.epochs)


@dataclass(frozen=True, eq=False)
class Attempt:
    """A candidate and its outputs for the inputs held out."""

    graph: Graph
    outputs: list[Array]


def attempt(recipe: Recipe, course: Course) -> list[Attempt]:
    """Return the candidate of a recipe after each stage of recovery.

    Nothing for steps that do not go together: channels that go may break the pattern of weights that stay.
    """
    try:
        return [Attempt(graph, integer_outputs(graph, course.held)) for graph in _stages(recipe, course)]
    except ModelError:
        return []


def again(item: tuple[Recipe, int], course: Course) -> Graph | None:
    """Return the candidate of a recipe after a stage, for the data of another course; None where it cannot be."""
    recipe, wanted = item
    try:
        return next(itertools.islice(_stages(recipe, course), wanted, None))
    except ModelError:
        return None


def _stages(recipe: Recipe, course: Course) -> Iterator[Graph]:
    """Yield the quantised graph after each stage of recovery."""
    small, training = compressed(recipe, course.graph, course.data), course.training
    start = quantized(recipe, small, course.data)
    yield start
    if not recipe.steps or not training.epochs:
        return
    changed = any(technique.get(s.technique).level is technique.Level.FLOAT for s in recipe.steps)
    if changed and course.data.training is not None:
        small = recover(course.graph, small, course.data, course.float_training)
        start = quantized(recipe, small, course.data)
        yield start
        if not any(isinstance(w.storage, Binary | Int2 | Ternary) for w in storages(recipe, small).values()):
            training = replace(training, learning_rate=GENTLE, epochs=max(1, round(SHORTER * training.epochs)))
    yield finetune(course.graph, small, start, course.data, FinetuneConfig(training))


def sketch(recipe: Recipe, course: Course) -> Graph:
    """Return a quantised graph of the size that the candidate will have, quickly."""
    small = compressed(recipe, course.graph, course.data)
    few = [x[:SKETCH_SAMPLES] for x in course.data.calibration]
    return quantize(small, few, QuantizeConfig(layers=storages(recipe, small), bias_correction=False))


def unrecovered_loss(recipe: Recipe, seen: Scene) -> float:
    """Return the divergence of a whole recipe from the float network, without recovery; inf if it cannot be built."""
    try:
        small = compressed(recipe, seen.graph, seen.data)
        for name, (config, codes) in stored(recipe, small, seen).items():
            small = with_codes(small, name, config, codes)
    except ModelError:
        return math.inf
    return divergence(seen.reference, outputs(small, seen.inputs), seen.classes)
