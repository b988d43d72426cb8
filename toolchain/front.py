"""``toolchain compress``: the Pareto front of a project on disk, each point a folder that ``toolchain build`` takes.

    DIR/front.json   every point: scores, costs, steps and why     DIR/front.html   the same, plotted
    DIR/float.json   the canonical float graph                     DIR/data.npz     calibration and evaluation data
    DIR/points/NN/   point.json, graph.json (quantised), why.txt   DIR/state/       of the search
"""

from __future__ import annotations

import json
import math
import shutil
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from toolchain import (
    __version__,
    build_directory,
    compilers,
    compression,
    costing,
    evaluation,
    measurement,
    pipeline,
    search,
    targets,
)
from toolchain.data import Data, augmented
from toolchain.errors import UsageError
from toolchain.ir import Graph
from toolchain.program_file import graph_to_text
from toolchain.progress import Progress
from toolchain.project import POINT, Project
from toolchain.report import front_page
from toolchain.search.holdout import float_outputs, integer_outputs
from toolchain.search.state import open_store, question
from toolchain.search.why import Why, explain
from toolchain.search.workers import workers
from toolchain.targets import Target


@dataclass(frozen=True)
class FrontPoint:
    """One point: its folder, score and costs; ``within`` says whether the budget's limits hold for it.

    Points are chosen on the samples held out; ``beaten_by`` names one that turns out to be no worse in anything.
    """

    folder: Path
    score: float | None
    drop: float
    flash_bytes: int
    weights_bytes: int
    ram_bytes: int
    latency_us: float | None
    within: bool
    recovered: bool
    steps: tuple[Why, ...]
    beaten_by: Path | None = None

    def values(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        steps = [{"layer": w.step.site, "technique": w.step.technique, "config": w.step.values(),
                  "flash_saved_bytes": w.flash_saved_bytes, "cycles_saved": w.cycles_saved, "why": w.reason}
                 for w in self.steps]
        return {**asdict(replace(self, steps=())), "folder": self.folder.as_posix(), "steps": steps,
                "beaten_by": self.beaten_by and self.beaten_by.as_posix()}

    def beats(self, other: FrontPoint) -> bool:
        """Return whether this point is no worse in loss, flash, RAM and latency, and better in one of them."""
        mine, its = ((p.drop, p.flash_bytes, p.ram_bytes, p.latency_us or 0.0) for p in (self, other))
        return mine != its and all(a <= b for a, b in zip(mine, its, strict=True))


@dataclass(frozen=True)
class FrontResult:
    """The points, smallest flash first, and the float network's score."""

    name: str
    target: str
    metric: str
    float_score: float | None
    points: tuple[FrontPoint, ...]

    def values(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**asdict(replace(self, points=())), "points": [p.values() for p in self.points]}


def make(project: Project, options: pipeline.Options, progress: Progress | None = None) -> FrontResult:
    """Search, write the folder and return its points; the folder is build/TARGET.front by default."""
    progress = progress or Progress()
    progress.begin("compress")
    canonical, data = pipeline.canonical(project, options.seed)
    if evaluation.is_integer(canonical):
        raise UsageError(f"{project.source} is quantised already: there is nothing to search", [],
                         "compress the float model")
    target = targets.load(options.target)
    folder = options.output or Path("build") / f"{target.name}.front"
    _claim(folder)
    started = time.monotonic()
    device = augmented(evaluation.on_device(canonical, data), options.seed)
    limits = compression.limits_of(project.budget.override(options.budget), target)
    problem = search.Problem(compression.live(canonical, device), device, project.metric,
                             _cost(project, options, target), replace(limits, drop=None), project.techniques)
    settings = search.Settings(options.seed, epochs=options.effort.epochs)
    asked = question(problem.graph, device, project.metric.name, target.name, settings)

    def score(graph: Graph) -> float | None:
        samples = device.evaluation
        return None if samples is None else project.metric(integer_outputs(graph, samples.inputs), samples.targets)

    with workers(options.effort.jobs, options.effort.cluster) as hands:
        found = search.front(problem, score, settings, open_store(folder / "state", asked), hands, progress.step)
    result = _write(folder, project, canonical, data, found, limits, target.name)
    progress.end("compress", time.monotonic() - started)
    return result


def _cost(project: Project, options: pipeline.Options, target: Target) -> search.CostModel:
    compiler = compilers.find(options.compiler, target)
    measure = measurement.meter(target, compiler, options.rounding) if options.measure else None
    return costing.cost_model(target, compiler, options.rounding, measure, options.objective,
                              project.budget.override(options.budget), options.runner)


def _claim(folder: Path) -> None:
    """Raise UsageError for a folder that holds something else; say in it what it is."""
    if folder.exists() and any(folder.iterdir()) and not (folder / "state").is_dir():
        build_directory.check_replaceable(folder)
        raise UsageError(f"{folder} is a build, not a front", [], "-o with another folder")
    (folder / "state").mkdir(parents=True, exist_ok=True)


def _write(folder: Path, project: Project, canonical: Graph, data: Data, found: search.Front, limits: search.Limits,
           target: str) -> FrontResult:
    exact, samples = None, evaluation.on_device(canonical, data).evaluation
    if samples is not None:
        exact = project.metric(float_outputs(canonical, samples.inputs), samples.targets)
    (folder / "float.json").write_text(graph_to_text(canonical), encoding="utf-8")
    np.savez(folder / "data.npz", **_arrays(data))
    shutil.rmtree(folder / "points", ignore_errors=True)
    points = []
    for index, point in enumerate(found.points):
        why = explain(point.candidate.recipe, found.decisions, found.reference.candidate.cost)
        points.append(_point(Path("points") / f"{index:02d}", project, point, limits, exact, why))
    points = [replace(p, beaten_by=next((q.folder for q in points if q.beats(p)), None)) for p in points]
    facts = {"version": __version__, "name": project.name, "metric": project.metric.name, "target": target,
             "source": project.source}
    for point, made in zip(found.points, points, strict=True):
        place = folder / made.folder
        place.mkdir(parents=True)
        (place / POINT).write_text(json.dumps({**facts, **made.values()}, indent=2) + "\n", encoding="utf-8")
        (place / "graph.json").write_text(graph_to_text(point.candidate.graph), encoding="utf-8")
        (place / "why.txt").write_text(why_text(made), encoding="utf-8")
    result = FrontResult(project.name, target, project.metric.name, exact, tuple(points))
    (folder / "front.json").write_text(json.dumps(result.values(), indent=2) + "\n", encoding="utf-8")
    (folder / "front.html").write_text(front_page(result.values()), encoding="utf-8")
    return result


def _point(place: Path, project: Project, point: search.Point, limits: search.Limits, exact: float | None,
           why: list[Why]) -> FrontPoint:
    candidate, cost = point.candidate, point.candidate.cost
    drop = candidate.drop if exact is None or point.score is None else project.metric.drop(exact, point.score)
    within = not limits.over(cost) and (limits.drop is None or drop <= limits.drop)
    latency = cost.latency_us if math.isfinite(cost.latency_us) else None
    return FrontPoint(place, point.score, drop, cost.flash_bytes, cost.weights_bytes, cost.ram_bytes, latency, within,
                      candidate.stage > 0, tuple(why))


def why_text(point: FrontPoint) -> str:
    """Return a line per step: layer, what was done, what it saves, why."""
    if not point.steps:
        return "int8, nothing else\n"
    rows = [(w.step.site, w.step.text(), f"{w.flash_saved_bytes:,} bytes", w.reason) for w in point.steps]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    return "".join("  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[3]]) + "\n"
                   for row in rows)


def _arrays(data: Data) -> dict[str, Any]:
    """Return the data by name, as project.from_point reads them."""
    found = {f"calibration{i}": x for i, x in enumerate(data.calibration)}
    if data.evaluation is not None:
        found.update({f"x{i}": x for i, x in enumerate(data.evaluation.inputs)}, y=data.evaluation.targets)
    return found
