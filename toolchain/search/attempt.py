"""One candidate, from a recipe to a recovered quantised graph and what it answers on the samples held out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from toolchain.compress.finetune import FinetuneConfig, default_training, finetune
from toolchain.compress.quantize import QuantizeConfig, quantize
from toolchain.compress.training import TrainConfig
from toolchain.data import Data
from toolchain.errors import ModelError
from toolchain.ir import Array, Graph
from toolchain.search.alternatives import Scene
from toolchain.search.holdout import integer_outputs
from toolchain.search.recipe import Recipe, build, compressed, storages
from toolchain.search.sensitivity import codes_of, divergence, outputs, with_codes

#: Samples that quantise a candidate of which only the size matters.
SKETCH_SAMPLES = 16


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
        """Return how candidates recover."""
        config = default_training(self.data, self.seed)
        return config if self.epochs is None else replace(config, epochs=self.epochs)


@dataclass(frozen=True, eq=False)
class Attempt:
    """A candidate and its outputs for the inputs held out."""

    graph: Graph
    outputs: list[Array]


def attempt(recipe: Recipe, course: Course) -> list[Attempt]:
    """Return the candidate of a recipe as it is and, where that is asked for, recovered by fine-tuning.

    Nothing for steps that do not go together: channels that go may break the pattern of weights that stay.
    """
    try:
        small, quantized = build(recipe, course.graph, course.data)
        graphs = [quantized]
        if recipe.steps and course.training.epochs:
            graphs.append(finetune(course.graph, small, quantized, course.data, FinetuneConfig(course.training)))
    except ModelError:
        return []
    return [Attempt(graph, integer_outputs(graph, course.held)) for graph in graphs]


def again(item: tuple[Recipe, bool], course: Course) -> Graph | None:
    """Return the candidate of a recipe, recovered or not, for the data of another course; None where it cannot be."""
    recipe, recover = item
    try:
        small, quantized = build(recipe, course.graph, course.data)
        if not recover:
            return quantized
        return finetune(course.graph, small, quantized, course.data, FinetuneConfig(course.training))
    except ModelError:
        return None


def sketch(recipe: Recipe, course: Course) -> Graph:
    """Return a quantised graph of the size that the candidate will have, quickly."""
    small = compressed(recipe, course.graph, course.data)
    few = [x[:SKETCH_SAMPLES] for x in course.data.calibration]
    return quantize(small, few, QuantizeConfig(layers=storages(recipe, small), bias_correction=False))


def unrecovered_loss(recipe: Recipe, seen: Scene) -> float:
    """Return the divergence of a whole recipe from the float network, without recovery; inf if it cannot be built."""
    try:
        small = compressed(recipe, seen.graph, seen.data)
        for name, config in storages(recipe, small).items():
            small = with_codes(small, name, config, codes_of(small, name, config))
    except ModelError:
        return math.inf
    return divergence(seen.reference, outputs(small, seen.data.calibration), seen.classes)
