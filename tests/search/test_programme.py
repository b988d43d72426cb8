"""The integer programme against trying everything."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from toolchain.search.programme import Constraint, Shared, Term, least, solve, value


def random_problem(seed: int) -> tuple[list[list[float]], list[Constraint]]:
    """Return four decisions, and two resources whose terms depend on up to three of them."""
    rng = np.random.default_rng(seed)
    sizes = [3, 2, 4, 3]
    losses = [[0.0, *np.sort(rng.random(n - 1)).tolist()] for n in sizes]
    constraints = []
    for resource in ("flash", "latency"):
        terms = []
        for _ in range(5):
            chosen = rng.choice(4, size=int(rng.integers(0, 4)), replace=False).tolist()
            factors = {d: (1.0, *(-np.sort(-rng.random(sizes[d] - 1))).tolist()) for d in chosen}
            terms.append(Term(float(rng.uniform(10, 100)), factors))
        whole = sum(t.base for t in terms)
        code = Shared(0.1 * whole, ((0, 1), (2, 1), (2, 3)))
        constraints.append(Constraint(resource, tuple(terms), float(rng.uniform(0.5, 0.9)) * whole, whole, (code,)))
    return losses, constraints


def everything(losses: list[list[float]]) -> list[tuple[int, ...]]:
    return list(itertools.product(*(range(len(row)) for row in losses)))


@pytest.mark.parametrize("seed", range(12))
def test_the_choice_is_the_best_of_all(seed: int) -> None:
    losses, constraints = random_problem(seed)
    within = [c for c in everything(losses) if all(value(k, c) <= k.limit + 1e-9 for k in constraints)]
    found = solve(losses, constraints)
    if not within:
        assert found is None
        return
    best = min(sum(row[a] for row, a in zip(losses, c, strict=True)) for c in within)
    assert found is not None and found.chosen in within
    assert found.loss == pytest.approx(best, abs=0.005)  # equal but for the weight of the resources themselves


@pytest.mark.parametrize("seed", range(6))
def test_the_smallest_is_the_smallest_of_all(seed: int) -> None:
    losses, constraints = random_problem(seed)
    found = least(losses, constraints[:1])
    smallest = min(value(constraints[0], c) for c in everything(losses))
    assert value(constraints[0], found.chosen) == pytest.approx(smallest, rel=1e-6)


def test_limits_that_cannot_hold_give_what_exceeds_them_least() -> None:
    losses, constraints = random_problem(1)
    tight = [Constraint(c.resource, c.terms, 0.1 * c.scale, c.scale, c.shared) for c in constraints]
    assert solve(losses, tight) is None
    found = solve(losses, tight, nearest=True)
    assert found is not None

    def excess(chosen: tuple[int, ...]) -> float:
        return sum(max(0.0, value(c, chosen) - c.limit) / c.scale for c in tight)

    assert excess(found.chosen) == pytest.approx(min(map(excess, everything(losses))), rel=1e-3)


def test_of_equal_losses_the_smaller_wins() -> None:
    losses = [[0.0, 0.0]]
    constraint = Constraint("flash", (Term(100.0, {0: (1.0, 0.5)}),), 200.0, 100.0)
    found = solve(losses, [constraint])
    assert found is not None and found.chosen == (1,)
