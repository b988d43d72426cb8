"""The Pareto front: the search at a sweep of budgets, and the candidates that none beats in everything.

Each level asks for a share of what int8 needs beyond what no technique changes (code, stack): flash alone, latency
alone, RAM alone, and flash and latency together.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from toolchain.ir import Graph
from toolchain.search.alternatives import Decision
from toolchain.search.cost import Cost, Limits
from toolchain.search.kernels import Hear
from toolchain.search.recipe import Recipe
from toolchain.search.search import Candidate, Explorer, Problem, Settings, timed
from toolchain.search.state import Store
from toolchain.search.workers import Workers

#: Shares of int8's variable part, by the resources that are limited together.
LEVELS = (0.7, 0.5, 0.33)
SWEEPS: tuple[tuple[str, ...], ...] = (("flash",), ("latency",), ("ram",), ("flash", "latency"))


@dataclass(frozen=True, eq=False)
class Point:
    """A candidate with its score on the evaluation data (None without)."""

    candidate: Candidate
    score: float | None


@dataclass(frozen=True, eq=False)
class Front:
    """Points that none beats, smallest flash first; ``reference`` is int8 and among them unless it is beaten."""

    points: tuple[Point, ...]
    reference: Point
    tried: int
    decisions: Sequence[Decision]


def front(problem: Problem, score: Callable[[Graph], float | None], settings: Settings | None = None,
          store: Store | None = None, workers: Workers | None = None, hear: Hear | None = None,
          levels: Sequence[float] = LEVELS) -> Front:
    """Return the front of a problem, whose limits (but for the drop) hold for all points if they can."""
    explorer = Explorer(timed(problem), settings or Settings(), store or Store(), workers or Workers(), hear)
    losses = explorer.losses()
    reference = explorer.cost(Recipe())
    wanted = [Recipe()]
    known = [s for s in SWEEPS if all(math.isfinite(reference.of(name)) for name in s)]
    sweeps = list(itertools.product(known, levels))
    for i, (resources, level) in enumerate(sweeps):
        limits = _limits(problem.limits, reference, explorer.fixed(), resources, level)
        wanted.append(explorer.fit(limits, losses))
        explorer.hear("sweep", i + 1, len(sweeps))
    found = explorer.candidates(list(dict.fromkeys(wanted)))
    kept = [p.candidate for p in pareto([Point(c, None) for c in found])]
    points = [Point(c, score(c.graph)) for c in explorer.finished(kept, problem.limits)]
    first = next((p for p in points if not p.candidate.recipe.steps), None) or Point(found[0], score(found[0].graph))
    return Front(tuple(points), first, len(found), explorer.decisions)


def pareto(points: Sequence[Point]) -> list[Point]:
    """Return the points that no other beats or equals in all of loss, flash, RAM and latency; smallest flash first."""
    ordered = sorted(points, key=lambda p: (p.candidate.cost.flash_bytes, p.candidate.loss))
    kept: list[Point] = []
    for point in ordered:
        if not any(_beats(other, point) for other in ordered if other is not point):
            kept.append(point)
    return kept


def _beats(one: Point, other: Point) -> bool:
    a, b = _values(one), _values(other)
    no_worse = a[0] <= b[0] and all(x <= y for x, y in zip(a[1:], b[1:], strict=True))
    return no_worse and a != b


def _values(point: Point) -> tuple[tuple[float, float], float, float, float]:
    cost = point.candidate.cost
    return point.candidate.loss, cost.flash_bytes, cost.ram_bytes, cost.latency_us


def _limits(own: Limits, reference: Cost, fixed: dict[str, float], resources: Sequence[str], level: float) -> Limits:
    values = dict(own.items())
    for name in resources:
        limit = fixed[name] + level * (reference.of(name) - fixed[name])
        values[name] = min(limit, values.get(name, limit))
    return Limits(**values)
