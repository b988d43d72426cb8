"""The stages of a candidate's recovery: which there are, and that each can be made again."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.compress.data import load
from toolchain.compress import prune_channels
from toolchain.compress.grids import WeightConfig
from toolchain.ir import Int4
from toolchain.search import Recipe, Step
from toolchain.search.attempt import Course, again, attempt

CHANNELS = Step("prune_channels", "features_0_conv2d", prune_channels.PruneChannelsConfig(0.25))
STORAGE = Step("quantize", "features_4_conv2d", WeightConfig(Int4()))


def course(epochs: int = 1, labels: bool = True) -> Course:
    example = load("digits")
    held = tuple(x[:64] for x in example.data.calibration)
    assert example.data.training is not None
    training = example.data.training.take(np.arange(128)) if labels else None
    return Course(example.graph, dataclasses.replace(example.data, training=training), held, epochs=epochs)


@pytest.mark.parametrize(("steps", "labels", "stages"), [
    ((), True, 1),
    ((STORAGE,), True, 2),  # nothing changed in float
    ((CHANNELS, STORAGE), True, 3),
    ((CHANNELS,), False, 2),
])
def test_float_training_where_the_network_changed_and_there_are_training_data(
        steps: tuple[Step, ...], labels: bool, stages: int) -> None:
    assert len(attempt(Recipe(steps), course(labels=labels))) == stages
    assert len(attempt(Recipe(steps), course(epochs=0, labels=labels))) == 1


def test_each_stage_can_be_made_again() -> None:
    recipe, here = Recipe((CHANNELS, STORAGE)), course()
    for stage, made in enumerate(attempt(recipe, here)):
        graph = again((recipe, stage), here)
        assert graph is not None
        for tensor in graph.constants():
            assert np.array_equal(np.asarray(tensor.data), np.asarray(made.graph.tensors[tensor.name].data))
