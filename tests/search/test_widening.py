"""Where int8 fits but loses too much, layers get activations of 16 bits."""

from __future__ import annotations

from tests.compress.data import load
from tests.compress.graphs import small_cnn
from tests.e2e.test_int16 import X, noise
from tests.search.costs import cost
from toolchain.compress.quantize import quantize
from toolchain.data import Data
from toolchain.metrics import METRICS
from toolchain.search import Limits, Problem, Settings, search, widening
from toolchain.search.recipe import build
from toolchain.search.why import explain


def test_layers_are_widened_where_int8_loses_too_much() -> None:
    example = load("digits")
    limits = Limits(flash=1e6, drop=-1.0)  # more accurate than float: never met
    problem = Problem(example.graph, example.data, METRICS["accuracy"], cost, limits, ("quantize", widening.TECHNIQUE))
    found = search(problem, Settings(repairs=0, epochs=0))
    wide = [c for c in found.tried if c.recipe.steps]
    assert not found.met and wide and found.best.drop == min(c.drop for c in found.tried)
    for candidate in wide:
        assert {s.config.activation_bits for s in candidate.recipe.steps} == {16}
        assert "s16" in {t.dtype for t in candidate.graph.tensors.values()}
    assert all("loss" in why.reason for why in explain(wide[0].recipe, found.decisions, found.reference.cost))


def test_without_the_technique_int8_stays() -> None:
    example = load("digits")
    problem = Problem(example.graph, example.data, METRICS["accuracy"], cost, Limits(flash=1e6, drop=-1.0), ("prune",))
    assert len(search(problem, Settings(repairs=0, epochs=0)).tried) == 1


def test_the_recipes_grow_and_more_bits_are_nearer_to_float() -> None:
    graph = small_cnn()
    recipes, decisions = widening.widenings(graph, Data((X,)))
    sizes = [len(r.steps) for r in recipes]
    assert sizes == sorted(set(sizes)) and len(decisions) == 4
    _, wide = build(recipes[-1], graph, Data((X,)))
    name = next(n for n in ("pw", "dw", "stem") if wide.tensors[n].dtype == "s16")
    assert noise(graph, wide, name) < noise(graph, quantize(graph, [X]), name)
