"""Factors that are stored in 4 bits: one step of the search, whose bytes are those of both together."""

from __future__ import annotations

import json

import pytest

from tests.compress.data import load
from tests.search.costs import cost
from toolchain.compress import technique
from toolchain.compress.factorize import FactorizeConfig
from toolchain.compress.layers import find
from toolchain.data import Data
from toolchain.ir import Int4
from toolchain.search import Recipe, Step
from toolchain.search.alternatives import examine, scene
from toolchain.search.recipe import build

SITE = "features_3_conv2d"


@pytest.mark.parametrize("method", ["svd", "cp"])
def test_factors_are_stored_in_4_bits(method: str) -> None:
    example = load("mnist")
    data = Data(tuple(x[:24] for x in example.data.calibration))
    choices = technique.get("factorize").choices(example.graph, SITE)
    stored = next(c for c in choices if c.method == method and c.storage is not None)
    plain = next(c for c in choices if c.method == method and c.storage is None and c.rank == stored.rank)
    recipe = Recipe((Step("factorize", SITE, stored),))
    assert Recipe.from_record(json.loads(json.dumps(recipe.to_record()))) == recipe
    _, quantized = build(recipe, example.graph, data)
    parts = [n for n in quantized.nodes if n.name.startswith(SITE)]
    storages = {n.name: quantized.tensors[n.inputs[1]].storage for n in parts}
    assert {s for n, s in storages.items() if find(quantized, n).op != "depthwise_conv2d"} == {Int4()}
    assert len(parts) > 1

    seen = scene(example.graph, data, [x[24:48] for x in example.data.calibration])
    both, alone = (examine(Step("factorize", SITE, c), seen) for c in (stored, plain))
    assert both is not None and alone is not None
    assert both.flash[SITE] < 0.8 * alone.flash[SITE] and both.loss >= 0
    before = cost(build(Recipe(), example.graph, data)[1]).layers[SITE].flash_bytes
    after = sum(c.flash_bytes for n, c in cost(quantized).layers.items() if n.startswith(SITE))
    assert both.flash[SITE] == pytest.approx(after / before, abs=0.03)


def test_the_ranks_of_half_the_weights_are_offered_in_4_bits() -> None:
    found = technique.get("factorize").choices(load("mnist").graph, SITE)
    assert {(c.method, c.rank, c.rank_in) for c in found if c.storage is not None} < {
        (c.method, c.rank, c.rank_in) for c in found if c.storage is None}
    assert all(isinstance(c, FactorizeConfig) for c in found)
