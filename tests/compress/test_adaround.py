"""AdaRound: near the best rounding there is, never worse than the nearest codes, on every grid."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.compress.graphs import small_cnn
from toolchain.compress.adaround import round_learned
from toolchain.compress.evaluate import evaluate
from toolchain.compress.grids import Grid, WeightConfig, fit_scales
from toolchain.compress.layers import names
from toolchain.compress.quantize import QuantizeConfig, quantize
from toolchain.compress.second_order import Hessian, round_rows
from toolchain.ir import Array, Binary, Codebook, Int2, Int4, Storage, Ternary
from toolchain.ops.execute import run_float

RNG = np.random.default_rng(0)


def correlated(inputs: int) -> Array:
    """Return X^T X of inputs that depend on each other, as those of a layer after a ReLU do."""
    x = np.maximum(RNG.normal(size=(500, 4)) @ RNG.normal(size=(4, inputs)) + 0.3 * RNG.normal(size=(500, inputs)), 0)
    return np.asarray(x.T @ x / 500)


def change(difference: Array, hessian: Array) -> Array:
    return np.einsum("ok,kl,ol->o", difference, hessian, difference)


def test_it_comes_near_the_best_of_all_roundings() -> None:
    units, hessian = RNG.normal(0, 2, (12, 8)), correlated(8)
    low = np.floor(units)
    learned = change(round_learned(units, low, low + 1, hessian) - units, hessian)
    every = np.array(list(itertools.product((0, 1), repeat=8)))
    best = np.array([change(low[i] + every - units[i], hessian).min() for i in range(12)])
    nearest = change(np.rint(units) - units, hessian)
    assert (learned <= nearest + 1e-12).all()
    assert learned.sum() - best.sum() < 0.4 * (nearest.sum() - best.sum())


@pytest.mark.parametrize("storage", [None, Int4(), Int4(group=16), Int2(), Ternary(), Binary(), Codebook(),
                                     Codebook(per_channel=True)], ids=str)
def test_codes_lie_on_the_grid_and_change_the_outputs_less(storage: Storage | None) -> None:
    rows = RNG.normal(size=(6, 32))
    rows[:, 5] = 0.0
    hessian, config = correlated(32), WeightConfig(storage, rounding="adaround")
    scales = fit_scales(rows, config)
    learned, _ = round_rows(rows, scales, config, [Hessian(slice(0, 6), hessian)])
    plain = Grid.fit(rows, scales, config).encode(rows / scales[:, None])
    assert learned.dtype == np.int8 and (isinstance(storage, Binary) or not learned[:, 5].any())
    if storage is not None:
        storage.check(learned)
    errors = [change(codes - rows / scales[:, None], hessian) for codes in (learned, plain)]
    assert (errors[0] <= errors[1] + 1e-9).all()
    assert errors[0].sum() < errors[1].sum()


def test_a_network_of_4_bits_comes_nearer_to_float() -> None:
    graph, x = small_cnn(), RNG.normal(size=(64, 10, 10, 3)).astype(np.float32)
    wanted = run_float(graph, [x])[0]

    def error(rounding: str) -> float:
        config = WeightConfig(Int4(), rounding=rounding)  # type: ignore[arg-type]
        found = quantize(graph, [x], QuantizeConfig(layers=dict.fromkeys(names(graph), config)))
        return float(np.square(evaluate(found, [x])[0] - wanted).mean())

    assert error("adaround") < 0.8 * error("nearest")
