"""Structured pruning: dependency groups on random graphs, shapes that shrink, and what is kept of the accuracy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.compress.data import load, random_data
from tests.compress.graphs import Builder, convolution
from toolchain.compress import prune_channels
from toolchain.compress.channel_groups import channel_groups, remove_channels
from toolchain.compress.importance import unit_importance
from toolchain.compress.layers import find, rows, weights_of, with_constant
from toolchain.compress.prune_channels import PruneChannelsConfig
from toolchain.compress.quantize import quantize
from toolchain.ir import Graph, check
from toolchain.ops.execute import run_float

Grow = Callable[[Builder, str, str, str, np.random.Generator], str]


def _depthwise(b: Builder, name: str, x: str, other: str, rng: np.random.Generator) -> str:
    c = b.tensors[x].shape[-1]
    w = b.constant(f"{name}.w", rng.normal(0, 0.4, (1, 3, 3, c)))
    return b.node(name, "depthwise_conv2d", (x, w, b.constant(f"{name}.b", rng.normal(size=c))), padding=(1, 1, 1, 1))


def _add(b: Builder, name: str, x: str, other: str, rng: np.random.Generator) -> str:
    if b.tensors[x].shape != b.tensors[other].shape:
        other = convolution(b, f"{name}.fit", other, b.tensors[x].shape[-1], rng, kernel=1)
    return b.node(name, "add", (x, other), clamp=(0.0, float("inf")))


#: every entry keeps 4x4 images; (builder, name, input, another tensor, rng) -> output
GROWERS: tuple[Grow, ...] = (
    lambda b, n, x, o, rng: convolution(b, n, x, 5, rng, padding=(1, 1, 1, 1)),
    lambda b, n, x, o, rng: convolution(b, n, x, 4, rng, kernel=1, clamp=(0.0, 6.0)),
    _depthwise,
    _add,
    lambda b, n, x, o, rng: b.node(n, "concat", (x, o), axis=3),
    lambda b, n, x, o, rng: b.node(n, "activation", (x,), function="sigmoid"),
    lambda b, n, x, o, rng: b.node(n, "max_pool2d", (x,), kernel=(3, 3), stride=(1, 1), padding=(1, 1, 1, 1)),
    lambda b, n, x, o, rng: b.node(n, "mul", (x, b.constant(f"{n}.c", rng.normal(size=b.tensors[x].shape[-1])))),
)


def _grouped(b: Builder, name: str, x: str, rng: np.random.Generator) -> str:
    c = b.tensors[x].shape[-1]
    groups = 1 if c % 2 else 2
    w = b.constant(f"{name}.weight", rng.normal(0, 0.3, (c, 1, 1, c // groups)))
    return b.node(name, "conv2d", (x, w, b.constant(f"{name}.bias", rng.normal(size=c))), groups=groups)


def random_graph(steps: list[tuple[int, int, int]], seed: int) -> Graph:
    """Return a random graph whose end is a classifier, flattened or over the mean."""
    rng, b = np.random.default_rng(seed), Builder(x=(1, 4, 4, 3))
    made = [convolution(b, "first", "x", 6, rng, padding=(1, 1, 1, 1))]
    for index, (grower, first, second) in enumerate(steps):
        x, other, name = made[first % len(made)], made[second % len(made)], f"t{index}"
        chosen = grower % len(GROWERS)
        made.append(_grouped(b, name, x, rng) if chosen == 8 else GROWERS[chosen](b, name, x, other, rng))
    last = made[-1]
    if seed % 2:
        flat = b.node("flat", "reshape", (last,), shape=(1, int(np.prod(b.tensors[last].shape))))
    else:
        flat = b.node("flat", "mean", (last,), axes=(1, 2))
    w = b.constant("fc.weight", rng.normal(0, 0.3, (4, b.tensors[flat].shape[-1])))
    out = b.node("fc", "linear", (flat, w, b.constant("fc.bias", rng.normal(size=4))))
    read = {i for n in b.nodes for i in n.inputs}
    return b.graph(out, *[m for m in made if m not in read])


STEPS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8)


def unread(graph: Graph, seed: int) -> Graph:
    """Return the graph with every reader's weights for a third of each group's units set to zero."""
    rng = np.random.default_rng(seed)
    for name, group in list(channel_groups(graph).items()):
        if not group.readers:
            continue
        gone = rng.permutation(len(group.units))[: max(1, len(group.units) // 3)]
        assert name in group.producers[0] or name.startswith(group.producers[0])
        for reader in group.readers:
            node = find(graph, reader)
            weights = weights_of(graph, node).copy()
            for index in gone:
                weights[..., group.units[index].get(node.inputs[0], np.zeros(0, np.int64))] = 0
            graph = with_constant(graph, node, 1, weights)
    return graph


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(0, 10**6))
def test_units_of_importance_zero_can_go_and_outputs_stay(steps: list[tuple[int, int, int]], seed: int) -> None:
    graph = unread(random_graph(steps, seed), seed)
    data = random_data(graph, 6, seed)
    dropped: dict[str, list[int]] = {}
    for group in channel_groups(graph).values():
        if not group.readers:
            continue
        importance = unit_importance(graph, group, "reach", data)
        gone = np.flatnonzero(importance == 0)[: len(group.units) - 1]
        assert len(group.units) == 1 or len(gone) > 0
        for index in gone:
            for tensor, channels in group.units[index].items():
                dropped.setdefault(tensor, []).extend(channels.tolist())
    smaller = check(remove_channels(graph, {t: np.array(c) for t, c in dropped.items()}), "test")
    for name, channels in dropped.items():
        assert smaller.tensors[name].shape[-1] == graph.tensors[name].shape[-1] - len(channels)
    for before, after in zip(run_float(graph, data.calibration), run_float(smaller, data.calibration), strict=True):
        assert np.allclose(before, after, atol=1e-4 * max(1.0, float(np.abs(before).max())))


@settings(max_examples=25, deadline=None)
@given(STEPS, st.integers(0, 10**6), st.sampled_from(["l1", "l2", "reach", "taylor", "entropy", "random"]))
def test_every_importance_leaves_a_valid_graph_that_quantises(steps: list[tuple[int, int, int]], seed: int,
                                                              importance: str) -> None:
    graph = random_graph(steps, seed)
    data = random_data(graph, 8, seed)
    config = PruneChannelsConfig(0.5, importance=importance)  # type: ignore[arg-type]
    smaller = prune_channels.apply(graph, dict.fromkeys(prune_channels.sites(graph), config), data)
    outputs = run_float(smaller, data.calibration)
    assert [y.shape for y in outputs] == [y.shape for y in run_float(graph, data.calibration)]
    assert all(np.isfinite(y).all() for y in outputs)
    quantize(smaller, data.calibration)


def test_an_add_ties_both_branches_and_a_concat_keeps_places() -> None:
    rng, b = np.random.default_rng(0), Builder(x=(1, 4, 4, 3))
    left, right = (convolution(b, n, "x", 4, rng, kernel=1) for n in ("left", "right"))
    total = b.node("sum", "add", (left, right))
    other = convolution(b, "other", "x", 2, rng, kernel=1)
    graph = b.graph(convolution(b, "last", b.node("both", "concat", (other, total), axis=3), 3, rng, kernel=1))
    groups = channel_groups(graph)
    assert set(groups) == {"left_node", "other_node"}
    assert groups["left_node"].producers == ("left_node", "right_node")
    assert {t: c.tolist() for t, c in groups["left_node"].units[1].items()} == {
        "left": [1], "right": [1], "sum": [1], "both": [3]}


def test_inputs_and_outputs_keep_their_channels() -> None:
    rng, b = np.random.default_rng(0), Builder(x=(1, 4, 4, 3))
    graph = b.graph(b.node("sum", "add", (convolution(b, "c", "x", 3, rng, kernel=1), "x")))
    assert channel_groups(graph) == {} and prune_channels.sites(graph) == []


def test_layers_on_both_sides_and_between_get_smaller() -> None:
    example, site = load("exercise_watch"), "blocks_0_pointwise_conv2d"
    config = PruneChannelsConfig(0.5, multiple=4)
    smaller = prune_channels.apply(example.graph, {site: config}, example.data)
    shapes = {n: weights_of(smaller, find(smaller, n)).shape for n in (
        site, "blocks_1_depthwise_depthwise_conv2d", "blocks_1_pointwise_conv2d")}
    assert list(shapes.values()) == [(16, 1, 1, 16), (1, 1, 9, 16), (48, 1, 1, 16)]
    assert smaller.tensors[site].shape == (1, 1, 32, 16)
    assert example.accuracy(smaller) > 75


def test_flattened_channels_take_all_their_pixels_along() -> None:
    example = load("mnist")
    smaller = prune_channels.apply(example.graph, {"features_7_conv2d": PruneChannelsConfig(0.25)}, example.data)
    assert rows(smaller, find(smaller, "classify_linear")).shape == (10, 36 * 9)
    assert example.accuracy(smaller) > 95


@pytest.mark.parametrize("recover", ["bias", "least_squares"])
def test_recovery_from_calibration_data_alone(recover: str) -> None:
    example = load("exercise_watch")

    def accuracy(how: str) -> float:
        config = PruneChannelsConfig(0.25, "entropy", recover=how)  # type: ignore[arg-type]
        sites = prune_channels.sites(example.graph)
        return example.accuracy(prune_channels.apply(example.graph, dict.fromkeys(sites, config), example.data))

    assert accuracy(recover) > accuracy("none") + 10


def test_gates_and_taylor_choose_better_than_the_worst() -> None:
    example = load("digits")
    sites = prune_channels.sites(example.graph)

    def accuracy(importance: str, drop: str) -> float:
        config = PruneChannelsConfig(0.25, importance, drop, recover="none")  # type: ignore[arg-type]
        return example.accuracy(prune_channels.apply(example.graph, dict.fromkeys(sites, config), example.data))

    for importance in ("taylor", "l0"):
        assert accuracy(importance, "lowest") > accuracy(importance, "highest")


def test_choices_leave_different_numbers_of_channels() -> None:
    graph = load("exercise_watch").graph
    for site in prune_channels.sites(graph):
        count = len(channel_groups(graph)[site].units)
        kept = [prune_channels.kept_units(count, c) for c in prune_channels.choices(graph, site)]
        assert kept == sorted(set(kept), reverse=True) and kept[-1] > 0 and kept[0] < count
