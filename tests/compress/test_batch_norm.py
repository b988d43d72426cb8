"""Recovery in float with batch norm: changes nothing by itself, keeps zeros and structure, brings accuracy back."""

from __future__ import annotations

import numpy as np
import pytest

from tests.compress.data import load
from toolchain.compress import batch_norm, prune, prune_channels
from toolchain.compress.layers import find, rows, weighted
from toolchain.compress.training import TrainConfig
from toolchain.ir import Graph
from toolchain.ops.execute import run_float

HALF = prune_channels.PruneChannelsConfig(0.5, "l1", recover="none")


def pruned() -> Graph:
    example = load("digits")
    return prune_channels.apply(example.graph, dict.fromkeys(prune_channels.sites(example.graph), HALF), example.data)


def test_without_steps_the_network_stays_up_to_the_statistics() -> None:
    example = load("digits")
    same = batch_norm.recover(example.graph, example.graph, example.data, TrainConfig(epochs=0))
    want, got = (run_float(g, example.data.calibration)[0] for g in (example.graph, same))
    assert np.square(got - want).mean() < 0.01 * want.var()


def test_accuracy_comes_back_and_the_seed_decides() -> None:
    example, smaller = load("digits"), pruned()

    def recovered(seed: int) -> Graph:
        return batch_norm.recover(example.graph, smaller, example.data, TrainConfig(2, learning_rate=2e-2, seed=seed))

    first, again, other = recovered(1), recovered(1), recovered(2)
    assert example.accuracy(first) > example.accuracy(smaller) + 10
    for node in weighted(first):
        assert np.array_equal(rows(first, node), rows(again, node))
    assert any(not np.array_equal(rows(first, n), rows(other, n)) for n in weighted(first))
    assert {t.name: t.shape for t in first.tensors.values()} == {t.name: t.shape for t in smaller.tensors.values()}


@pytest.mark.parametrize("config", [prune.PruneConfig(0.5, "nm", 2, 4), prune.PruneConfig(0.7)])
def test_zeros_stay(config: prune.PruneConfig) -> None:
    example, site = load("digits"), "features_4_conv2d"
    start = prune.apply(example.graph, {site: config}, example.data)
    trained = batch_norm.recover(example.graph, start, example.data, TrainConfig(epochs=1))
    before, after = (rows(g, find(g, site)) for g in (start, trained))
    assert np.array_equal(before == 0, after == 0) and not np.allclose(before, after)
