"""Fine-tuning: true to the integer reference, keeps structure and storage, deterministic, brings accuracy back."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.compress.data import load, random_data
from tests.compress.graphs import small_cnn
from toolchain.compress import prune, prune_channels
from toolchain.compress.evaluate import evaluate
from toolchain.compress.finetune import FinetuneConfig, fake_quantized, finetune
from toolchain.compress.grids import WeightConfig
from toolchain.compress.layers import find, names, rows, weight_axis
from toolchain.compress.quantize import QuantizeConfig, quantize
from toolchain.compress.training import TrainConfig
from toolchain.data import Data
from toolchain.ir import NM, Array, Binary, Codebook, Graph, Int2, Int4, Storage, Ternary

SHORT = FinetuneConfig(TrainConfig(epochs=3))


def quantized(graph: Graph, data: Data, storage: Storage | None) -> Graph:
    config = QuantizeConfig(layers=dict.fromkeys(names(graph), WeightConfig(storage)))
    return quantize(graph, data.calibration, config)


def difference_lsb(graph: Graph, integer: Graph, inputs: tuple[Array, ...]) -> Array:
    scale = integer.tensors[integer.outputs[0]].scale
    difference = np.abs(fake_quantized(graph, integer, inputs)[0] - evaluate(integer, inputs)[0])
    return np.asarray(difference / scale)


@pytest.mark.parametrize("storage", [None, Int4(), Int4(group=16), Int2(), Ternary(), Binary(), Codebook()])
@pytest.mark.parametrize("name", ["digits", "exercise_watch"])
def test_the_forward_pass_is_that_of_the_integers(name: str, storage: Storage | None) -> None:
    example = load(name)
    integer = quantized(example.graph, example.data, storage)
    lsb = difference_lsb(example.graph, integer, tuple(x[:64] for x in example.data.calibration))
    assert lsb.max() < 2.5 and np.mean(lsb < 0.5) > 0.95


@pytest.mark.parametrize("storage", [None, Int4(group=16), Ternary(), Binary(), Codebook()])
def test_after_training_too_and_the_storage_holds(storage: Storage | None) -> None:
    example = load("digits")
    start = quantized(example.graph, example.data, storage)
    trained = finetune(example.graph, example.graph, start, example.data, SHORT)
    for name in names(trained):
        node = find(trained, name)
        weights, axis = trained.tensors[node.inputs[1]], weight_axis(node)
        assert weights.storage == storage and weights.data is not None and axis is not None
        if storage is not None:
            storage.check(weights.data, axis)
    assert {n: t.quantization for n, t in trained.tensors.items() if t.data is None} == {
        n: t.quantization for n, t in start.tensors.items() if t.data is None}


@pytest.mark.parametrize(("storage", "gain", "floor"), [(Ternary(), 5, 93), (Binary(), 20, 85), (Int2(), 0, 97)])
def test_accuracy_comes_back_on_digits(storage: Storage, gain: float, floor: float) -> None:
    example = load("digits")
    start = quantized(example.graph, example.data, storage)
    trained = finetune(example.graph, example.graph, start, example.data, FinetuneConfig(TrainConfig()))
    assert example.accuracy(trained) >= max(floor, example.accuracy(start) + gain)


def test_masks_stay() -> None:
    example, site = load("digits"), "features_4_conv2d"
    pruned = prune.apply(example.graph, {site: prune.PruneConfig(0.5, "nm", 2, 4)}, example.data)
    config = QuantizeConfig(layers={site: WeightConfig(NM(2, 4))})
    trained = finetune(example.graph, pruned, quantize(pruned, example.data.calibration, config), example.data, SHORT)
    assert not rows(trained, find(trained, site))[rows(pruned, find(pruned, site)) == 0].any()


def test_smaller_channels_learn_from_the_larger_network() -> None:
    example = load("exercise_watch")
    config = PRUNED
    smaller = prune_channels.apply(example.graph, dict.fromkeys(prune_channels.sites(example.graph), config),
                                   example.data)
    start = quantize(smaller, example.data.calibration)
    trained = finetune(example.graph, smaller, start, example.data,
                       FinetuneConfig(TrainConfig(epochs=6, features=0.1, learning_rate=5e-3)))
    assert example.accuracy(trained) > max(75, example.accuracy(start) + 20)


PRUNED = prune_channels.PruneChannelsConfig(0.5, "l1", recover="none")


def test_the_seed_decides() -> None:
    example = load("digits")
    start = quantized(example.graph, example.data, Int2())

    def codes(seed: int) -> list[Array]:
        config = FinetuneConfig(TrainConfig(epochs=1, seed=seed, noise=0.1, mixup=0.5))
        return [rows(g, find(g, n)) for g in [finetune(example.graph, example.graph, start, example.data, config)]
                for n in names(g)]

    first, again, other = codes(1), codes(1), codes(2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_without_labels_the_original_network_teaches() -> None:
    example = load("digits")
    unlabelled = dataclasses.replace(example.data, training=None)
    start = quantized(example.graph, example.data, Ternary())
    trained = finetune(example.graph, example.graph, start, unlabelled)
    assert example.accuracy(trained) > example.accuracy(start) + 3


def test_regression_targets_and_fixed_steps() -> None:
    graph = small_cnn()
    data = random_data(graph, 48)
    start = quantized(graph, data, Int2())
    config = FinetuneConfig(TrainConfig(epochs=20, batch=16, learning_rate=1e-2, noise=0.0), learn_steps=False)
    trained = finetune(graph, graph, start, data, config)

    def noise(integer: Graph) -> float:
        return float(np.square(evaluate(integer, data.calibration)[0] - fake_free(graph, data)).mean())

    assert noise(trained) < 0.8 * noise(start)
    for name in names(graph):
        before, after = (g.tensors[find(g, name).inputs[1]].quantization for g in (start, trained))
        assert before is not None and after is not None
        assert np.allclose(before.scale, after.scale, rtol=1e-6)


def fake_free(graph: Graph, data: Data) -> Array:
    from toolchain.ops.execute import run_float

    return run_float(graph, data.calibration)[0]
