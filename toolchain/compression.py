"""From a canonical float graph to the quantised one that a build goes on with: int8, or what the search finds.

The search runs when int8 alone does not keep the budget and the project allows techniques beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from toolchain import search
from toolchain.budget import Budget
from toolchain.compress.channel_groups import without_channels
from toolchain.compress.quantize import quantize
from toolchain.data import Data, augmented
from toolchain.errors import UsageError
from toolchain.ir import Graph
from toolchain.metrics import Metric
from toolchain.passes.dead_channels import dead_values
from toolchain.report import Compression
from toolchain.search import Found
from toolchain.search.state import open_store, question
from toolchain.search.why import explain
from toolchain.search.workers import workers
from toolchain.targets import Target

Step = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Effort:
    """How to search: ``folder`` keeps what an interrupted search has found; ``jobs`` processes, or a dask ``cluster``.

    ``epochs`` are those of recovery (None: by the data).
    """

    folder: Path | None = None
    seed: int = 0
    jobs: int = 1
    cluster: str | None = None
    epochs: int | None = None


@dataclass(frozen=True, eq=False)
class Compressed:
    """The quantised graph, what was done to it, and what is to be said where the budget is not kept."""

    graph: Graph
    applied: tuple[Compression, ...] = ()
    advice: tuple[str, ...] = ()


def compress(graph: Graph, data: Data, metric: Metric, budget: Budget, techniques: tuple[str, ...] | None,
             cost: search.CostModel, target: Target, effort: Effort, step: Step) -> Compressed:
    """Return int8 when that keeps the budget (or no resource is limited), else what the search finds."""
    limits = limits_of(budget, target)
    if not dict(search.Limits.of(budget).items()) or not searchable(techniques):
        return Compressed(quantize(graph, data.calibration, progress=step))
    problem = search.Problem(live(graph, data), data, metric, cost, limits, techniques)
    found = run(problem, target, effort, step)
    if not found.best.recipe.steps:
        return Compressed(quantize(graph, data.calibration, progress=step), advice=advice(found, limits))
    return Compressed(found.best.graph, applied(found, graph), advice(found, limits))


def unquantised(graph: Graph, source: str) -> Compressed:
    """Return the float graph as it is; UsageError for one that is quantised already."""
    if any(graph.tensors[name].dtype != "f32" for name in graph.inputs):
        raise UsageError(f"{source} is quantised: it cannot be built in float32", [("where", "--precision float32")],
                         "build the float model, or leave --precision out")
    return Compressed(graph)


def run(problem: search.Problem, target: Target, effort: Effort, step: Step) -> Found:
    """Return what the search finds; a folder with the state of the same search makes it go on from there."""
    settings = search.Settings(effort.seed, epochs=effort.epochs)
    problem = replace(problem, data=augmented(problem.data, effort.seed))
    asked = question(problem.graph, problem.data, problem.metric.name, target.name, settings)
    with workers(effort.jobs, effort.cluster) as hands:
        return search.search(problem, settings, open_store(effort.folder, asked), hands, step)


def live(graph: Graph, data: Data) -> Graph:
    """Return the float graph without the channels that int8 does without: to take them away again saves nothing."""
    dead = {n: x for n, x in dead_values(quantize(graph, data.calibration)).items() if n in graph.tensors}
    return without_channels(graph, dead) if dead else graph


def searchable(techniques: tuple[str, ...] | None) -> bool:
    """Tell whether a project allows the search: all techniques by default, none with an empty list."""
    return techniques is None or len(techniques) > 0


def limits_of(budget: Budget, target: Target) -> search.Limits:
    """Return the limits of a budget, and those of the board where they are tighter."""
    own = search.Limits.of(budget)
    board = {m.kind: m.size_bytes - m.reserve_bytes for m in reversed(target.board.memory)}
    flash, ram = _least(own.flash, board.get("flash")), _least(own.ram, board.get("ram"))
    return replace(own, flash=flash, ram=ram)


def _least(*limits: float | None) -> float | None:
    known = [x for x in limits if x is not None]
    return min(known) if known else None


def applied(found: Found, graph: Graph) -> tuple[Compression, ...]:
    """Return the steps of the best candidate for the report."""
    modules: Mapping[str, str] = {n.name: n.origin.module or n.name for n in graph.nodes}
    why = explain(found.best.recipe, found.decisions, found.reference.cost)
    return tuple(Compression(w.step.technique, modules.get(w.step.site, w.step.site), w.step.values(),
                             w.flash_saved_bytes, w.cycles_saved or None, None, w.reason) for w in why)


def advice(found: Found, limits: search.Limits) -> tuple[str, ...]:
    """Return, for limits that no candidate keeps, the smallest that was found of each."""
    return tuple(f"smallest {name} that was found, whatever it costs in accuracy: {value:,.0f} {search.RESOURCES[name]}"
                 for name, value in found.least.items() if name in limits.over(found.best.cost))
