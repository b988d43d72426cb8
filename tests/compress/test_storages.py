"""Weights below 8 bits: the codes fit their storage, better rounding is better, zeros stay, and accuracy is sane."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.compress.data import load
from toolchain.compress import prune, quantize
from toolchain.compress.grids import Grid, WeightConfig, fit_scales
from toolchain.compress.layers import find, names, weight_axis
from toolchain.compress.quantize import QuantizeConfig
from toolchain.compress.sqnr import layer_sqnr
from toolchain.errors import ModelError
from toolchain.ir import NM, Array, Binary, Blocks, Codebook, Graph, Int2, Int4, Sparse, Storage, Ternary

SMALL = (Int4(), Int4(group=16), Int2(), Ternary(), Binary(), Codebook(), Codebook(per_channel=True))


def all_layers(graph: Graph, config: WeightConfig) -> QuantizeConfig:
    return QuantizeConfig(layers=dict.fromkeys(names(graph), config))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SMALL), st.integers(1, 5), st.integers(1, 40), st.integers(0, 10**6))
def test_codes_fit_their_storage_and_are_the_nearest_of_the_grid(storage: Storage, channels: int, width: int,
                                                                 seed: int) -> None:
    rows = np.random.default_rng(seed).normal(0, 1, (channels, width))
    config = WeightConfig(storage)
    scales = fit_scales(rows, config)
    grid = Grid.fit(rows, scales, config)
    codes = grid.encode(rows / scales[:, None])
    storage.check(codes)
    assert np.array_equal(storage.decode(storage.encode(codes), codes.shape), codes)
    again = grid.encode(codes.astype(np.float64))
    assert np.array_equal(again, codes)


def test_ternary_scales_are_the_best_there_are() -> None:
    rows = np.random.default_rng(3).normal(0, 1, (4, 12))
    scales = fit_scales(rows, WeightConfig(Ternary()))

    def error(scale: Array) -> Array:
        return np.asarray(np.square(np.clip(np.rint(rows / scale), -1, 1) * scale - rows).sum(axis=1))

    least = np.min([error(np.full((4, 1), s)) for s in np.linspace(0.05, 3, 600)], axis=0)
    assert np.all(error(scales[:, None]) <= least + 1e-9)


@pytest.mark.parametrize(("storage", "floor"), [(Int4(group=16), 88), (Int4(), 87), (Codebook(), 87), (Int2(), 70),
                                                (Ternary(), 70), (Binary(), 25)])
def test_storage_of_all_layers_of_exercise_watch(storage: Storage, floor: float) -> None:
    example = load("exercise_watch")
    config = all_layers(example.graph, WeightConfig(storage, rounding="gptq"))
    quantized = quantize.quantize(example.graph, example.data.calibration, config)
    size, dense = 0, 0
    for name in names(example.graph):
        node = find(quantized, name)
        weights, axis = quantized.tensors[node.inputs[1]], weight_axis(node)
        assert weights.storage == storage and weights.data is not None and axis is not None
        size, dense = size + storage.size_bytes(weights.data, axis), dense + weights.data.nbytes
    assert size < 0.66 * dense
    assert example.accuracy(quantized) >= floor


@pytest.mark.parametrize("storage", [Int4(), Int2(), Ternary()])
def test_compensated_rounding_beats_the_nearest_code(storage: Storage) -> None:
    example = load("digits")

    def noise(rounding: str) -> float:
        config = all_layers(example.graph, WeightConfig(storage, rounding=rounding))  # type: ignore[arg-type]
        quantized = quantize.quantize(example.graph, example.data.calibration, config)
        return layer_sqnr(example.graph, quantized, example.data.calibration)[-1][1]

    assert noise("gptq") > noise("nearest") + 0.5


@pytest.mark.parametrize(("config", "storage"), [
    (prune.PruneConfig(0.5, "nm", 2, 4), NM(2, 4)), (prune.PruneConfig(0.75, "blocks"), Blocks()),
    (prune.PruneConfig(0.8), Sparse()), (prune.PruneConfig(0.8), Codebook()), (prune.PruneConfig(0.5), Int4())])
@pytest.mark.parametrize("rounding", ["nearest", "gptq"])
def test_pruned_weights_stay_zero(config: prune.PruneConfig, storage: Storage, rounding: str) -> None:
    example, site = load("digits"), "features_4_conv2d"
    pruned = prune.apply(example.graph, {site: config}, example.data)
    wanted = WeightConfig(storage, rounding=rounding)  # type: ignore[arg-type]
    quantized = quantize.quantize(pruned, example.data.calibration, QuantizeConfig(layers={site: wanted}))
    before = pruned.tensors[find(pruned, site).inputs[1]].data
    after = quantized.tensors[find(quantized, site).inputs[1]].data
    assert before is not None and after is not None and np.all(after[before == 0] == 0) and after.any()


def test_a_pattern_that_does_not_hold_is_an_error() -> None:
    example = load("digits")
    config = QuantizeConfig(layers={"features_4_conv2d": WeightConfig(NM(2, 4))})
    with pytest.raises(ModelError, match="cannot be stored"):
        quantize.quantize(example.graph, example.data.calibration, config)
