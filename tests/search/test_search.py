"""The search on the digits example: budgets are kept or the nearest is told, the same by any way of working."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.compress.data import load
from tests.search.costs import cost
from toolchain.metrics import METRICS
from toolchain.search import Found, Limits, Problem, Recipe, Settings, Step, front, search
from toolchain.search.alternatives import enumerate_steps
from toolchain.search.recipe import build
from toolchain.search.state import Store, open_store
from toolchain.search.workers import Cluster, Processes, Workers

ALLOWED = ("quantize", "prune_channels")
QUICK = Settings(repairs=1, epochs=1)


@cache
def problem(flash: float, drop: float = 0.05) -> Problem:
    example = load("digits")
    return Problem(example.graph, example.data, METRICS["accuracy"], cost, Limits(flash=flash, drop=drop), ALLOWED)


def int8_flash() -> int:
    example = load("digits")
    return cost(build(Recipe(), example.graph, example.data)[1]).flash_bytes


@cache
def found() -> Found:
    return search(problem(tight()), QUICK)


def tight() -> float:
    """Return a limit that int8 exceeds by 40 % of its weights."""
    return 4096 + 0.6 * (int8_flash() - 4096)


def same(one: Found, other: Found) -> bool:
    """Tell whether two searches ended with the same recipe and the same weights."""
    weights = [(t.data, other.best.graph.tensors[t.name].data) for t in one.best.graph.constants()]
    return one.best.recipe == other.best.recipe and all((np.asarray(a) == np.asarray(b)).all() for a, b in weights)


def test_int8_stays_when_it_keeps_the_budget() -> None:
    result = search(problem(1e6), QUICK)
    assert result.met and result.best.recipe == Recipe() and len(result.tried) == 1


def test_a_tight_budget_is_kept() -> None:
    result = found()
    assert result.met
    assert result.best.cost.flash_bytes <= tight() < result.reference.cost.flash_bytes
    assert cost(result.best.graph).flash_bytes == result.best.cost.flash_bytes
    assert result.best.drop <= 0.05


def test_an_impossible_budget_gives_the_nearest_and_says_so() -> None:
    result = search(problem(4200.0), QUICK)
    assert not result.met
    assert 4200 < result.least["flash"] <= min(c.cost.flash_bytes for c in result.tried)


def test_the_seed_decides() -> None:
    assert same(found(), search(problem(tight()), QUICK))


def test_an_interrupted_search_goes_on(tmp_path: Path) -> None:
    heard: list[str] = []

    def interrupt(what: str, done: int, total: int) -> None:
        heard.append(what)
        if heard.count("recovery") == 2:  # int8 was the first
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(problem(tight()), QUICK, open_store(tmp_path / "state", "q"), hear=interrupt)
    again: list[str] = []
    result = search(problem(tight()), QUICK, open_store(tmp_path / "state", "q"), hear=lambda w, d, t: again.append(w))
    assert "sensitivity" in heard and "sensitivity" not in again
    assert same(result, found())


def test_the_state_of_another_question_is_not_taken(tmp_path: Path) -> None:
    open_store(tmp_path / "state", "one").write("x", 1)
    assert open_store(tmp_path / "state", "one").read("x") == 1
    assert open_store(tmp_path / "state", "other").read("x") is None


def test_two_workers_of_a_cluster_find_the_same() -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None) as local:
        workers = Cluster(local.scheduler_address)
        try:
            assert workers.count == 2
            assert same(found(), search(problem(tight()), QUICK, Store(), workers))
        finally:
            workers.client.close()


def test_two_processes_find_the_same() -> None:
    assert same(found(), search(problem(tight()), QUICK, workers=Processes(2)))


def test_every_step_survives_json() -> None:
    steps = enumerate_steps(load("digits").graph)
    assert {s.technique for s in steps} >= set(ALLOWED)
    for step in steps:
        recipe = Recipe((step,))
        assert Recipe.from_record(recipe.to_record()) == recipe


def test_no_point_of_a_front_is_beaten() -> None:
    result = front(problem(1e6), lambda graph: None, dataclasses.replace(QUICK, epochs=0), workers=Workers(),
                   levels=(0.6,))
    values = [(p.candidate.drop, p.candidate.cost.flash_bytes, p.candidate.cost.ram_bytes, p.candidate.cost.latency_us)
              for p in result.points]
    assert len(values) >= 2
    for a in values:
        assert not any(b != a and all(x <= y for x, y in zip(b, a, strict=True)) for b in values)


def test_steps_say_what_they_are() -> None:
    step = next(s for s in enumerate_steps(load("digits").graph, ["prune_channels"]))
    assert isinstance(step, Step) and step.text().startswith("prune_channels ratio=")
