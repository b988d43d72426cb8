"""The search on the digits example: budgets are kept or the nearest is told, the same by any way of working."""

from __future__ import annotations

import dataclasses
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.compress.data import load
from tests.search.costs import cost
from toolchain.data import Data, augmented
from toolchain.metrics import METRICS
from toolchain.search import Found, Limits, Problem, Recipe, Settings, Step, front, search, state
from toolchain.search.alternatives import enumerate_steps
from toolchain.search.holdout import hold_out
from toolchain.search.recipe import build
from toolchain.search.state import Store, open_store, question
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


def test_a_limit_on_the_weights_is_kept_and_counts_no_code() -> None:
    limits = Limits(weights=0.6 * found().reference.cost.weights_bytes, drop=0.05)
    result = search(dataclasses.replace(problem(1e6), limits=limits), QUICK)
    assert result.met
    assert result.best.cost.weights_bytes <= 0.6 * result.reference.cost.weights_bytes


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
        if what == "recovery" and done == 1 and "sensitivity" in heard:  # int8 was before it
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
    found = [p.candidate for p in result.points]
    costs = [(c.cost.flash_bytes, c.cost.ram_bytes, c.cost.latency_us) for c in found]
    assert len(found) >= 2
    for a, one in zip(found, costs, strict=True):
        assert not any(b is not a and b.loss <= a.loss and all(x <= y for x, y in zip(other, one, strict=True))
                       for b, other in zip(found, costs, strict=True))


def test_steps_say_what_they_are() -> None:
    step = next(s for s in enumerate_steps(load("digits").graph, ["prune_channels"]))
    assert isinstance(step, Step) and step.text().startswith("prune_channels ratio=")


def grouped(count: int = 60) -> Data:
    """Return training data of the digits example in five groups of unequal size, with disturbed copies to be drawn."""
    example = load("digits")
    training = example.data.training
    assert training is not None
    groups = np.repeat(np.arange(5), [4, 8, 12, 16, count - 40])
    few = dataclasses.replace(training.take(np.arange(count)), groups=groups)
    return dataclasses.replace(
        example.data, training=dataclasses.replace(few, draw=lambda rng: (few.inputs[0] + rng.normal(),)))


@pytest.mark.parametrize("seed", range(4))
def test_whole_groups_are_held_out(seed: int) -> None:
    data = grouped()
    fit, judge = hold_out(load("digits").graph, data, METRICS["accuracy"], seed)
    assert fit.training is not None and fit.training.groups is not None and judge.held.groups is not None
    assert not set(fit.training.groups) & set(judge.held.groups)
    assert len(fit.training.targets) + len(judge.held.targets) == 60


def test_disturbed_copies_are_those_of_the_seed_and_follow_their_samples() -> None:
    one, again, other = (augmented(grouped(), seed).training for seed in (1, 1, 2))
    assert one is not None and again is not None and other is not None
    assert np.array_equal(one.copies[-1][0], again.copies[-1][0])
    assert not np.array_equal(one.copies[0][0], other.copies[0][0])
    assert not np.array_equal(one.copies[0][0], one.copies[1][0])
    kept = one.take(np.array([3, 5]))
    assert np.array_equal(kept.copies[0][0], one.copies[0][0][[3, 5]])


def test_other_disturbed_copies_or_groups_are_another_question() -> None:
    graph, data = load("digits").graph, grouped()
    assert data.training is not None and data.training.groups is not None
    moved = dataclasses.replace(data, training=dataclasses.replace(data.training, groups=data.training.groups + 1))
    asked = [question(graph, augmented(d, s)) for d, s in ((data, 1), (data, 1), (data, 2), (moved, 1))]
    assert asked[0] == asked[1] and len(set(asked)) == 3


def test_other_code_is_another_question(tmp_path: Path) -> None:
    """Results of techniques that have changed since are not taken."""
    shutil.copytree(Path(state.__file__).parents[1], tmp_path / "toolchain", ignore=shutil.ignore_patterns("*.pyc"))
    before = state.stamp(tmp_path / "toolchain")
    assert before == state.stamp(Path(state.__file__).parents[1])
    technique = tmp_path / "toolchain" / "compress" / "prune_channels.py"
    technique.write_text(technique.read_text(encoding="utf-8").replace("SAMPLES = 128", "SAMPLES = 64"), "utf-8")
    assert state.stamp(tmp_path / "toolchain") != before
