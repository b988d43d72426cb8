"""Unstructured, N:M and block pruning by every score."""

from __future__ import annotations

import numpy as np
import pytest

from tests.compress.data import load, random_data
from tests.compress.graphs import small_cnn
from toolchain.compress import prune
from toolchain.compress.entropy import entropy
from toolchain.compress.layers import find, names, rows
from toolchain.compress.prune import PruneConfig
from toolchain.errors import ModelError
from toolchain.ir import Array, Graph


def zeros(graph: Graph, site: str) -> Array:
    return np.asarray(rows(graph, find(graph, site)) == 0)


@pytest.mark.parametrize("sparsity", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("score", ["magnitude", "entropy", "random"])
def test_the_sparsity_is_reached_in_every_layer(sparsity: float, score: str) -> None:
    graph = small_cnn()
    config = PruneConfig(sparsity, score=score)  # type: ignore[arg-type]
    pruned = prune.apply(graph, dict.fromkeys(names(graph), config), random_data(graph))
    for name in names(graph):
        found = zeros(pruned, name)
        assert abs(found.sum() - sparsity * found.size) <= 0.5
        same = rows(pruned, find(pruned, name)) == rows(graph, find(graph, name))
        assert np.all(same | found), "weights that stay do not change"


def test_magnitude_drops_the_smallest() -> None:
    graph = small_cnn()
    pruned = prune.apply(graph, {"pw_node": PruneConfig(0.5)}, random_data(graph))
    before, gone = np.abs(rows(graph, find(graph, "pw_node"))), zeros(pruned, "pw_node")
    assert before[gone].max() <= before[~gone].min()
    assert not zeros(pruned, "stem_node").any()


@pytest.mark.parametrize(("n", "m"), [(2, 4), (1, 4), (1, 8)])
def test_n_of_m_holds(n: int, m: int) -> None:
    graph = small_cnn()
    pruned = prune.apply(graph, {"pw_node": PruneConfig(1 - n / m, "nm", n, m)}, random_data(graph))
    left = np.count_nonzero(rows(pruned, find(pruned, "pw_node")).reshape(-1, m), axis=1)
    assert left.min() == left.max() == n


def test_blocks_go_as_a_whole() -> None:
    graph = small_cnn()
    pruned = prune.apply(graph, {"pw_node": PruneConfig(0.5, "blocks")}, random_data(graph))
    left = np.count_nonzero(rows(pruned, find(pruned, "pw_node")).reshape(-1, 4), axis=1)
    assert set(left.tolist()) == {0, 4} and np.count_nonzero(left) == len(left) / 2


def test_a_pattern_needs_channels_in_multiples() -> None:
    graph = small_cnn()
    with pytest.raises(ModelError, match="3 input channels, nm needs a multiple of 4"):
        prune.apply(graph, {"stem_node": PruneConfig(0.5, "nm")}, random_data(graph))
    assert all(c.pattern == "unstructured" for c in prune.choices(graph, "stem_node"))
    assert {c.pattern for c in prune.choices(graph, "pw_node")} == {"unstructured", "nm", "blocks"}


def test_entropy_drops_weights_of_channels_that_say_little_or_much() -> None:
    example, site = load("exercise_watch"), "blocks_1_pointwise_conv2d"
    kept = {}
    for drop in ("lowest", "highest"):
        config = PruneConfig(0.5, score="entropy", drop=drop)  # type: ignore[arg-type]
        kept[drop] = (~zeros(prune.apply(example.graph, {site: config}, example.data), site)).sum(axis=0)
    assert np.corrcoef(kept["lowest"], kept["highest"])[0, 1] < 0


def test_entropy_in_bits() -> None:
    values = np.stack([np.zeros(64), np.arange(64) % 2, np.arange(64)], axis=1)
    assert entropy(values) == pytest.approx([0, 1, 6])  # 64 bins: 0 and 1 share the first two
    assert entropy(np.ones((5, 2))).tolist() == [0, 0]


def test_the_schedule_beats_one_shot_and_is_deterministic() -> None:
    example = load("digits")
    sites = names(example.graph)

    def pruned(epochs: int) -> Graph:
        return prune.apply(example.graph, dict.fromkeys(sites, PruneConfig(0.7, epochs=epochs)), example.data)

    gradual, again = pruned(8), pruned(8)
    assert example.accuracy(gradual) >= max(93, example.accuracy(pruned(0)) + 5)
    for name in sites:
        assert zeros(gradual, name).mean() == pytest.approx(0.7, abs=0.01)
        assert np.array_equal(rows(gradual, find(gradual, name)), rows(again, find(again, name)))


def test_n_of_m_by_schedule() -> None:
    example, site = load("digits"), "features_4_conv2d"
    pruned = prune.apply(example.graph, {site: PruneConfig(0.75, "nm", 1, 4, epochs=3)}, example.data)
    assert np.count_nonzero(rows(pruned, find(pruned, site)).reshape(-1, 4), axis=1).max() == 1
    assert example.accuracy(pruned) > 85


def test_trained_gates_beat_chance() -> None:
    example = load("digits")
    found = {}
    for score in ("l0", "random"):
        config = PruneConfig(0.6, score=score)  # type: ignore[arg-type]
        graph = prune.apply(example.graph, dict.fromkeys(names(example.graph), config), example.data)
        assert all(abs(zeros(graph, n).mean() - 0.6) < 0.01 for n in names(graph))
        found[score] = example.accuracy(graph)
    assert found["l0"] > found["random"] + 10
