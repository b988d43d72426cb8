"""Factorisation, other blocks, fewer branches and layers, equalisation: exact where it should be, else smaller."""

from __future__ import annotations

import numpy as np
import pytest

from tests.compress.data import load, random_data
from tests.compress.graphs import Builder, convolution, small_cnn
from toolchain.compress import equalize, factorize, prune_branches, prune_layers, replace_blocks
from toolchain.compress.factorize import FactorizeConfig
from toolchain.compress.layers import find, names, rows
from toolchain.compress.quantize import quantize
from toolchain.compress.replace_blocks import ReplaceBlocksConfig
from toolchain.data import Data
from toolchain.errors import ModelError
from toolchain.ir import Graph
from toolchain.ops.execute import run_float

LARGE = "features_3_conv2d"  # 16 -> 32 channels, 3 x 3


def same(first: Graph, second: Graph, data: Data, tolerance: float = 1e-3) -> bool:
    pairs = zip(run_float(first, data.calibration), run_float(second, data.calibration), strict=True)
    return all(np.allclose(a, b, atol=tolerance * float(np.abs(a).max())) for a, b in pairs)


def parameters(graph: Graph) -> int:
    return sum(t.count for t in graph.constants())


def strided() -> Graph:
    """Return a network of a 3 x 5 convolution with strides, dilation and padding, and a linear layer."""
    rng, b = np.random.default_rng(0), Builder(x=(1, 11, 12, 4))
    w = b.constant("w", rng.normal(0, 0.3, (6, 3, 5, 4)))
    y = b.node("conv", "conv2d", ("x", w, b.constant("b", rng.normal(size=6))), stride=(2, 1), padding=(2, 1, 3, 0),
               dilation=(2, 1), clamp=(0.0, float("inf")))
    y = b.node("mean", "mean", (y,), axes=(1, 2))
    w = b.constant("fw", rng.normal(0, 0.3, (5, 6)))
    return b.graph(b.node("fc", "linear", (y, w, b.constant("fb", rng.normal(size=5)))))


@pytest.mark.parametrize(("site", "config"), [
    ("fc_node", FactorizeConfig("svd", 5)), ("conv_node", FactorizeConfig("svd", 6)),
    ("conv_node", FactorizeConfig("tucker2", 6, 4)), ("conv_node", FactorizeConfig("spatial", 12)),
    ("conv_node", FactorizeConfig("cp", 40))])
@pytest.mark.parametrize("fit", [False, True])
def test_full_rank_is_the_same_function(site: str, config: FactorizeConfig, fit: bool) -> None:
    graph = strided()
    data = random_data(graph)
    exact = FactorizeConfig(config.method, config.rank, config.rank_in, fit)
    factored = factorize.apply(graph, {site: exact}, data)
    assert len(factored.nodes) > len(graph.nodes)
    assert same(graph, factored, data, 3e-2 if config.method == "cp" else 1e-3)


@pytest.mark.parametrize("method", ["svd", "tucker2", "cp", "spatial"])
def test_choices_of_mnist_get_smaller_and_fitting_helps(method: str) -> None:
    example = load("mnist")
    found = [c for c in factorize.choices(example.graph, LARGE) if c.method == method and c.storage is None]
    sizes = [rows_of(factorize.apply(example.graph, {LARGE: c}, example.data)) for c in found]
    assert len(found) == 3 and sizes == sorted(sizes, reverse=True)
    assert all(s <= part * 9 * 16 * 32 for s, part in zip(sizes, (0.75, 0.5, 0.25), strict=True))
    fitted = example.accuracy(factorize.apply(example.graph, {LARGE: found[1]}, example.data))
    assert fitted > {"svd": 95, "tucker2": 95, "spatial": 95, "cp": 70}[method]


def rows_of(graph: Graph) -> int:
    """Return the weights of the layer and its parts."""
    return sum(rows(graph, find(graph, n)).size for n in names(graph) if n.startswith(LARGE))


def test_ranks_follow_the_data_not_only_the_weights() -> None:
    rng, b = np.random.default_rng(1), Builder(x=(1, 16))
    w = b.constant("w", rng.normal(0, 1, (8, 16)))
    graph = b.graph(b.node("fc", "linear", ("x", w, b.constant("b", np.zeros(8)))))
    x = (rng.normal(0, 1, (256, 3)) @ rng.normal(0, 1, (3, 16))).astype(np.float32)  # three directions only
    data = Data((x,))
    assert same(graph, factorize.apply(graph, {"fc_node": FactorizeConfig("svd", 3, fit=False)}, data), data, 5e-2)


def test_a_layer_without_that_factorisation_is_an_error() -> None:
    graph = strided()
    with pytest.raises(ModelError, match="no tucker2 factorisation"):
        factorize.apply(graph, {"fc_node": FactorizeConfig("tucker2", 2, 2)}, random_data(graph))
    assert {c.method for c in factorize.choices(graph, "fc_node")} <= {"svd"}


def test_as_many_filters_as_taps_are_the_same_function() -> None:
    graph = strided()
    wide = replace_blocks.apply(graph, {"conv_node": ReplaceBlocksConfig("separable", 6)}, random_data(graph))
    assert [n.op for n in wide.nodes][:2] == ["depthwise_conv2d", "conv2d"]
    assert same(graph, wide, random_data(graph))


def test_blocks_are_smaller_and_fitted() -> None:
    example = load("mnist")
    assert set(replace_blocks.sites(example.graph)) == {LARGE, "features_7_conv2d"}
    accuracies = {}
    for config in replace_blocks.choices(example.graph, LARGE):
        smaller = replace_blocks.apply(example.graph, {LARGE: config}, example.data)
        assert parameters(smaller) < parameters(example.graph) - 2000
        quantize(smaller, example.data.calibration)
        accuracies[config] = example.accuracy(smaller)
    assert accuracies[ReplaceBlocksConfig("separable", 2)] > 85
    assert accuracies[ReplaceBlocksConfig("separable", 2)] > accuracies[ReplaceBlocksConfig("pointwise")]


def test_pointwise_needs_pixels_in_place() -> None:
    graph = strided()
    assert ReplaceBlocksConfig("pointwise") not in replace_blocks.choices(graph, "conv_node")
    with pytest.raises(ModelError, match="padding"):
        replace_blocks.apply(graph, {"conv_node": ReplaceBlocksConfig("pointwise")}, random_data(graph))


def residual() -> Graph:
    """Return stem, one residual block whose branch is a constant (weights 0), and a classifier."""
    rng, b = np.random.default_rng(0), Builder(x=(1, 6, 6, 3))
    stem = convolution(b, "stem", "x", 4, rng)
    first = convolution(b, "first", stem, 4, rng, padding=(1, 1, 1, 1), clamp=(0.0, float("inf")))
    second = b.constant("second.weight", np.zeros((4, 3, 3, 4)))
    branch = b.node("second", "conv2d", (first, second, b.constant("second.bias", rng.normal(size=4))),
                    padding=(1, 1, 1, 1))
    total = b.node("sum", "add", (stem, branch), clamp=(0.0, float("inf")))
    return b.graph(convolution(b, "last", total, 2, rng, kernel=1))


def test_a_branch_becomes_its_mean_and_disappears() -> None:
    graph = residual()
    data = random_data(graph)
    assert prune_branches.sites(graph) == ["sum_node"]
    smaller = prune_branches.apply(graph, {"sum_node": prune_branches.PruneBranchesConfig()}, data)
    assert [n.name for n in smaller.nodes] == ["stem_node", "sum_node", "last_node"]
    assert not {"first.weight", "second.weight"} & set(smaller.tensors)
    assert same(graph, smaller, data, 1e-5)
    assert not same(graph, prune_branches.apply(
        graph, {"sum_node": prune_branches.PruneBranchesConfig(keep_mean=False)}, data), data)
    quantize(smaller, data.calibration)


def dispensable(stride: int) -> Graph:
    """Return stem, a depthwise convolution whose middle taps alone are not 0, a 1x1 and a linear layer that read on."""
    rng, b = np.random.default_rng(0), Builder(x=(1, 8, 8, 3))
    stem = convolution(b, "stem", "x", 4, rng)
    middle = np.zeros((1, 3, 3, 4))
    middle[0, 1, 1] = rng.uniform(0.5, 2, 4)
    y = b.node("depthwise", "depthwise_conv2d", (stem, b.constant("depthwise.weight", middle),
               b.constant("depthwise.bias", rng.normal(size=4))), padding=(1, 1, 1, 1), stride=(stride, stride))
    y = convolution(b, "pointwise", y, 5, rng, kernel=1, clamp=(0.0, float("inf")))
    y = b.node("mean", "mean", (y,), axes=(1, 2))
    w = b.constant("fw", rng.normal(0, 0.3, (5, 5)))
    return b.graph(b.node("fc", "linear", (y, w, b.constant("fb", rng.normal(size=5)))))


@pytest.mark.parametrize("stride", [1, 2])
def test_a_layer_that_only_scales_goes_into_what_follows(stride: int) -> None:
    graph = dispensable(stride)
    data = random_data(graph)
    assert prune_layers.sites(graph) == ["depthwise_node"]  # fc keeps its shape as well, but nothing follows
    smaller = prune_layers.apply(graph, {"depthwise_node": prune_layers.PruneLayersConfig()}, data)
    assert [n.name for n in smaller.nodes] == ["stem_node", "pointwise_node", "mean_node", "fc_node"]
    assert "depthwise.weight" not in smaller.tensors and same(graph, smaller, data, 1e-2)
    unfitted = prune_layers.apply(graph, {"depthwise_node": prune_layers.PruneLayersConfig(fit=False)}, data)
    assert not same(graph, unfitted, data, 1e-2)
    quantize(smaller, data.calibration)


def test_layers_that_cannot_go_are_named() -> None:
    graph = dispensable(1)
    with pytest.raises(ModelError, match="pointwise_node cannot go"):
        prune_layers.apply(graph, {"pointwise_node": prune_layers.PruneLayersConfig()}, random_data(graph))
    graph = residual()
    assert prune_layers.sites(graph) == ["first_node", "second_node"]
    with pytest.raises(ModelError, match="second_node cannot go"):  # without both the sum would add stem to itself
        prune_layers.apply(graph, dict.fromkeys(prune_layers.sites(graph), prune_layers.PruneLayersConfig()),
                           random_data(graph))


def test_layers_in_a_row_go_together() -> None:
    example = load("exercise_watch")
    sites = prune_layers.sites(example.graph)
    assert len(sites) == 3 and all("depthwise" in s for s in sites)
    smaller = prune_layers.apply(example.graph, dict.fromkeys(sites, prune_layers.PruneLayersConfig()), example.data)
    assert len(smaller.nodes) == len(example.graph.nodes) - 3
    assert example.accuracy(smaller) > 50  # of 7 classes, untrained


@pytest.mark.parametrize("name", ["exercise_watch", "mnist"])
def test_equalisation_is_exact_and_levels_the_ranges(name: str) -> None:
    example = load(name)
    sites = equalize.sites(example.graph)
    assert len(sites) >= 2
    level = equalize.apply(example.graph, dict.fromkeys(sites, equalize.EqualizeConfig()), example.data)
    assert same(example.graph, level, example.data, 1e-4)

    def unevenness(graph: Graph) -> float:
        return sum(float(np.log(np.abs(rows(graph, find(graph, s))).max(axis=1)).std()) for s in sites)

    assert unevenness(level) < 0.9 * unevenness(example.graph)


def test_relu6_is_not_homogeneous() -> None:
    assert "stem_node" not in equalize.sites(small_cnn())
