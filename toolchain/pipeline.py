"""The straight line: a project and options in, a verified build on disk and its report out.

Each stage is a pure function (docs/architecture.md); this file hands their results on, and nothing else does.
"""

from __future__ import annotations

import contextlib
import math
import random
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from toolchain import (
    __version__,
    build_directory,
    checks,
    compilers,
    compression,
    costing,
    emit,
    evaluation,
    frontend,
    interruption,
    measurement,
    packaging,
    passes,
    plan,
    profile,
    program_file,
    report,
    runners,
    targets,
    verify,
)
from toolchain.artifacts import Firmware, RunResult, Verification
from toolchain.budget import Budget
from toolchain.build_directory import Vectors
from toolchain.data import Data, check_shapes
from toolchain.emit.tflite import to_tflite
from toolchain.errors import BudgetError, ToolError, UsageError, VerificationError, unknown_name
from toolchain.ir import Array, Graph, Program, format_graph
from toolchain.numerics import Precision, Rounding
from toolchain.passes.dead_channels import remove_dead_channels
from toolchain.progress import Progress
from toolchain.project import Model, Project
from toolchain.report import Accuracy, Report, units

STAGES = ("capture", "canonicalise", "compress", "plan", "emit", "compile", "run", "report", "package")


@dataclass(frozen=True)
class Options:
    """How to build; what to build is the Project. ``vectors`` and ``budget`` override the project's."""

    target: str
    output: Path | None = None
    rounding: Rounding = Rounding.DOUBLE
    precision: Precision | None = None  # the project's
    compiler: str | None = None
    runner: str | None = None
    port: str | None = None
    seed: int = 0
    vectors: int | str | None = None
    budget: Budget = field(default_factory=Budget)
    objective: plan.Objective = plan.Objective.LATENCY
    measure: bool = True  # run the kernels that a layer could use, and take the best; else the first that can
    sanitize: bool = False
    threads: int | None = None  # the project's
    stop_after: str | None = None
    keep_stages: bool = False
    effort: compression.Effort = field(default_factory=compression.Effort)
    command: str = "toolchain.build"


class Stopped(Exception):
    """The stage of ``--stop-after`` is done; ``text`` is its result."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def build(project: Project, options: Options, progress: Progress | None = None) -> Report:
    """Build, run, verify and report; return the report, also when the budget is not met (``require_budget``).

    Raises ToolchainError, VerificationError among them; Stopped after ``options.stop_after``.
    """
    if options.stop_after is not None and options.stop_after not in STAGES:
        raise UsageError(*unknown_name("stage", options.stop_after, STAGES, option="--stop-after"))
    target = targets.load(options.target)
    compiler = compilers.find(options.compiler, target)
    threads = project.threads if options.threads is None else options.threads
    plan.require_threads(threads, target)
    runners.choose(target, options.runner if options.port is None else "serial")
    output = options.output or Path("build") / target.name
    budget = project.budget.override(options.budget)
    with interruption.watched() as check, build_directory.staging(output) as staged:
        stages = _Stages(options, progress or Progress(), staged.path / "stages", check)
        with stages("capture") as done:
            _prepare(project, options.seed)
            model, data = project.load()
            traced = replace(_capture(model, project.name), name=project.name)
            check_shapes(data, [evaluation.torch_shape(traced, name) for name in traced.inputs], project.source)
            done(format_graph, traced)
        with stages("canonicalise") as done:
            canonical = traced if evaluation.is_integer(traced) else passes.canonicalise(traced)
            data = evaluation.on_device(canonical, data)
            done(format_graph, canonical)
        with stages("compress") as done:
            measure = measurement.meter(target, compiler, options.rounding) if options.measure else None
            chosen = compression.Compressed(model.quantized or canonical)
            if (options.precision or project.precision) is Precision.FLOAT32:
                chosen = compression.unquantised(chosen.graph, project.source)
            elif not evaluation.is_integer(chosen.graph):
                cost = costing.cost_model(
                    target, compiler, options.rounding, measure, options.objective, budget, options.runner
                )
                limits, effort = costing.showable(budget, target, options.runner), _effort(options, output)
                chosen = compression.compress(
                    canonical, data, project.metric, limits, project.techniques, cost, target, effort, stages.step
                )
            compact, removals = remove_dead_channels(chosen.graph, options.rounding)
            done(format_graph, compact)
        with stages("plan") as done:
            program = plan.plan(
                compact,
                target,
                rounding=options.rounding,
                measure=measure,
                objective=options.objective,
                ram_bytes=budget.ram_bytes,
                flash_bytes=budget.flash_bytes,
                constants_bytes=budget.weights_bytes,
                threads=threads,
            )
            plan.require_fit(program, target)
            done(plan.format_program, program)
        with stages("emit") as done:
            info = emit.Info(project.name, __version__, program_file.digest(program), options.command, project.maven)
            tree = emit.emit(program, target, info)
            done(_format_files, tree.files)
        with stages("compile") as done:
            firmware = compiler.build(tree, target, staged.path, sanitize=options.sanitize)
            done(_format_fields, asdict(firmware.sizes))
        with stages("run") as done:
            count = options.vectors or project.vectors
            vectors = evaluation.make_vectors(program, data, count, options.seed)
            verification, outputs, runs = _run(firmware, target, program, vectors, info.model_hash, options, stages)
            done(_format_fields, asdict(verification))
        with stages("report") as done:
            accuracy = evaluation.accuracy(project.metric, canonical, program, data, count, outputs, stages.step)
            result = report.assemble(
                command=options.command,
                source=project.source,
                target=target,
                canonical=canonical,
                program=program,
                firmware=firmware,
                accuracy=accuracy,
                drop=_drop(project, accuracy),
                verification=verification,
                runs=runs,
                budget=budget,
                sqnr_db=evaluation.sqnr_db(canonical, chosen.graph, data, options.rounding),
                compression=chosen.applied + evaluation.removed_channels(chosen.graph, compact, removals),
                advice=chosen.advice,
                checks=checks.checks(canonical, program.graph, data, options.seed) if chosen.applied else None,
            )
            done(Report.to_json, result)
        with stages("package") as done:
            notes = packaging.package(program, tree, firmware, target, info, options.compiler, staged.path)
            done("\n".join, notes)
        for note in notes:
            stages.progress.note(note)
        _write(staged.path, result, program, vectors, firmware, options)
        if verification.differing_elements:
            raise _verification_failed(
                result, staged.commit(staged.destination.with_name(f"{staged.destination.name}.failed"))
            )
        staged.commit()
    return result


def _run(
    firmware: Firmware,
    target: targets.Target,
    program: Program,
    vectors: Vectors,
    model_hash: str,
    options: Options,
    stages: _Stages,
) -> tuple[Verification, tuple[Array, ...], list[RunResult]]:
    """Return the comparison on all of the target's processors, the outputs of the first, and the profile on each."""
    verified, runs, outputs = [], [], list[tuple[Array, ...]]()
    for machine in runners.machines(target, options.runner, options.port):
        with runners.open_device(firmware, machine, options.runner, options.port) as client:
            verification, got = verify.verify(
                client, program, vectors.inputs, vectors.outputs, model_hash=model_hash, progress=stages.step
            )
            run = profile.profile(client, program, [x[0] for x in vectors.inputs])
        runs.append(profile.estimated(run, firmware.elf, machine.board.modelled_cores))
        verified.append(verification)
        outputs.append(got)
    return verify.together(verified), outputs[0], runs


def canonical(project: Project, seed: int) -> tuple[Graph, Data]:
    """Return the canonical graph of a project, and its data in PyTorch's layout."""
    _prepare(project, seed)
    model, data = project.load()
    traced = replace(_capture(model, project.name), name=project.name)
    check_shapes(data, [evaluation.torch_shape(traced, name) for name in traced.inputs], project.source)
    return (traced if evaluation.is_integer(traced) else passes.canonicalise(traced)), data


def require_budget(result: Report) -> None:
    """Raise BudgetError with every limit that the build exceeds, and what would have to be allowed for it."""
    if result.budget.met:
        return
    limit, size, latency, a = result.budget, result.size, result.speed.latency_us, result.accuracy
    over, relax = [], []
    if limit.flash_bytes is not None and size.flash_bytes > limit.flash_bytes:
        over.append(("flash", f"{units.kib(size.flash_bytes)}, limit {units.kib(limit.flash_bytes)}"))
        relax.append(f"--flash {size.flash_bytes}")
    if limit.weights_bytes is not None and size.weights_bytes > limit.weights_bytes:
        over.append(("weights", f"{units.kib(size.weights_bytes)}, limit {units.kib(limit.weights_bytes)}"))
        relax.append(f"--weights {size.weights_bytes}")
    if limit.ram_bytes is not None and size.ram_bytes > limit.ram_bytes:
        over.append(("RAM", f"{units.kib(size.ram_bytes)}, limit {units.kib(limit.ram_bytes)}"))
        relax.append(f"--ram {size.ram_bytes}")
    if limit.latency_us is not None and (latency is None or latency > limit.latency_us):
        shown = "not known" if latency is None else units.time(latency)
        over.append(("latency", f"{shown}, limit {units.time(limit.latency_us)}"))
        relax += [] if latency is None else [f"--latency {math.ceil(latency)}us"]
    drop = result.budget.drop
    if limit.max_drop is not None and (drop is None or drop > limit.max_drop):
        shown = f"float {units.score(a.metric, a.float)}, compressed {units.score(a.metric, a.compressed)}"
        over.append((a.metric, f"{shown}, drop allowed {units.percent(limit.max_drop)}"))
        relax += [] if drop is None or drop > 1 else [f"--max-drop {math.ceil(1e4 * drop) / 100:g}%"]
    details = [*over, *(("nearest", text) for text in result.budget.advice)]
    hints = ["the build is written all the same"]
    if limit.latency_us is not None and latency is None:
        hints.append("toolchain profile with --port or --adb measures the latency, which nothing here can")
    if relax:
        hints.append(f"{' '.join(relax)}: with that this build keeps its budget")
    raise BudgetError(
        f"{result.name} does not keep its budget: {', '.join(label for label, _ in over)}", details, hints
    )


def _effort(options: Options, output: Path) -> compression.Effort:
    """Return the effort with a folder for the search's state beside the build, and the seed of all that is random."""
    folder = options.effort.folder or output.with_name(f"{output.name}.search")
    return replace(options.effort, folder=folder, seed=options.seed)


def _drop(project: Project, accuracy: Accuracy) -> float | None:
    if accuracy.float is None or accuracy.compressed is None:
        return None
    return project.metric.drop(accuracy.float, accuracy.compressed)


# Stages ----------------------------------------------------------------------------------------------------------


class _Stages:
    """Runs ``with stages(name) as done``: tells progress, dumps the stage's text, stops where it was asked to."""

    def __init__(self, options: Options, progress: Progress, folder: Path, check: interruption.Check) -> None:
        self.options, self.progress, self.folder, self.check = options, progress, folder, check

    def step(self, what: str, done: int, total: int) -> None:
        """Pass on the progress inside a stage."""
        self.check()
        self.progress.step(what, done, total)

    @contextlib.contextmanager
    def __call__(self, name: str) -> Iterator[Callable[..., None]]:
        texts: list[str] = []

        def done(form: Callable[..., str], *values: Any) -> None:
            if self.options.keep_stages or self.options.stop_after == name:
                texts.append(form(*values))

        start = time.monotonic()
        self.progress.begin(name)
        yield done
        self.check()
        self.progress.end(name, time.monotonic() - start)
        if self.options.keep_stages:
            self.folder.mkdir(exist_ok=True)
            (self.folder / f"{STAGES.index(name) + 1}-{name}.txt").write_text("".join(texts), encoding="utf-8")
        if self.options.stop_after == name:
            raise Stopped("".join(texts))


def _prepare(project: Project, seed: int) -> None:
    """Seed every generator that the user's code may draw from; say so when PyTorch is needed and missing."""
    random.seed(seed)
    np.random.seed(seed)
    if not project.needs_torch:
        return
    try:
        import torch
    except ModuleNotFoundError as exc:
        raise ToolError(
            f"{project.source} needs PyTorch, which is not installed", [], 'pip install "edge-toolchain[torch]"'
        ) from exc
    torch.manual_seed(seed)


def _capture(model: Model, name: str) -> Graph:
    if model.graph is not None:
        return model.graph
    if model.path is None:
        return frontend.capture(model.module, model.example_inputs, name)
    load = frontend.load_tflite if model.path.suffix == ".tflite" else frontend.load_pt2
    return load(model.path)


def _write(
    folder: Path, result: Report, program: Program, vectors: Vectors, firmware: Firmware, options: Options
) -> None:
    """Write everything of the build directory that the compiler did not; the manifest last."""
    shutil.rmtree(folder / "objects", ignore_errors=True)
    program_file.save(program, folder / build_directory.PROGRAM)
    build_directory.write_vectors(folder, vectors)
    model = to_tflite(program.graph, f"{result.name}, {program.rounding} rounding")
    if isinstance(model, bytes):
        (folder / "model.tflite").write_bytes(model)
    result.save(folder / "report.json")
    (folder / "report.html").write_text(report.html(result), encoding="utf-8")
    facts = {
        "name": result.name,
        "command": options.command,
        "target": options.target,
        "runner": result.verification.runner,
        "compiler": firmware.compiler,
        "rounding": program.rounding,
        "seed": options.seed,
        "threads": program.threads,
        "model_hash": program_file.digest(program),
        "sizes": asdict(firmware.sizes),
        "not_in_tflite": [] if isinstance(model, bytes) else model,
    }
    build_directory.write_manifest(folder, facts)


def _verification_failed(result: Report, kept: Path) -> VerificationError:
    v = result.verification
    return VerificationError(
        f"{v.differing_elements} of {v.elements} output elements differ from the reference, "
        f"by at most {v.max_difference_lsb} LSB",
        [
            ("first in", v.first_bad_layer or "the outputs"),
            ("runner", f"{v.runner}, {v.vectors} vectors"),
            ("kept", str(kept)),
        ],
        ["--compiler with another compiler tells a compiler's error from the tool's", f"toolchain verify {kept}"],
    )


def _format_files(files: Mapping[str, str]) -> str:
    return "\n".join(f"==> {name} <==\n{text}" for name, text in files.items())


def _format_fields(fields: Mapping[str, object]) -> str:
    width = max(map(len, fields))
    return "".join(f"{name:<{width}}  {value}\n" for name, value in fields.items())
