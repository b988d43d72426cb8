"""toolchain compress: only the search."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolchain.cli._options import Json, Quiet, Runner, Verbose
from toolchain.cli.build import budget_of, option, project_of

if TYPE_CHECKING:
    from toolchain.front import FrontResult

PANEL, ORDER = "Build", 2


def command(
    model: Annotated[
        Path | None, typer.Argument(metavar="MODEL", help="A .pt2 file; without it, the project.", show_default=False)
    ] = None,
    target: Annotated[str | None, option("target", "Core, board, Android ABI or host.", "-t")] = None,
    project: Annotated[Path, option("project", "Folder with a toolchain.toml; the current one by default.")] = Path(),
    output: Annotated[Path | None, option("output", "Folder; build/TARGET.front by default.", "-o")] = None,
    calibration: Annotated[Path | None, option("calibration", ".npz with x, for a MODEL.")] = None,
    evaluation: Annotated[Path | None, option("evaluation", ".npz with x and y, for a MODEL.")] = None,
    training: Annotated[Path | None, option("training", ".npz with x and y, for a MODEL.")] = None,
    metric: Annotated[str | None, option("metric", "accuracy, mse or auc, for a MODEL.")] = None,
    flash: Annotated[str | None, option("flash", "Limit of all that is linked: 64KiB.")] = None,
    weights: Annotated[str | None, option("weights", "Limit of the weights alone, without code: 16KiB.")] = None,
    ram: Annotated[str | None, option("ram", "Limit of arena, data and stack: 16KiB.")] = None,
    latency: Annotated[str | None, option("latency", "Limit of one inference: 20ms.")] = None,
    max_drop: Annotated[str | None, option("max-drop", "Accepted loss of the metric: 1%.")] = None,
    compiler: Annotated[str | None, option("compiler", "gcc, clang, zig or a path.")] = None,
    runner: Runner = None,
    seed: Annotated[int, option("seed", "Seed of everything random.")] = 0,
    epochs: Annotated[int | None, option("epochs", "Epochs of recovery; 0: none.")] = None,
    jobs: Annotated[int, option("jobs", "Processes of this computer.", "-j")] = 1,
    cluster: Annotated[str | None, option("cluster", "Address of a dask scheduler: tcp://host:8786.")] = None,
    json: Json = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Search for the best compressed models: the Pareto front of accuracy against flash, RAM and latency.

    Each point is a folder that `toolchain build` takes; front.html has the plots. An interrupted search goes on.
    """
    from toolchain import front, pipeline
    from toolchain.cli._console import TerminalProgress, print_json
    from toolchain.compression import Effort
    from toolchain.errors import UsageError

    if target is None:
        raise UsageError("no target", [("where", "--target")], ["--target cortex-m4", "toolchain targets lists them"])
    options = pipeline.Options(
        target=target,
        output=output,
        compiler=compiler,
        runner=runner,
        seed=seed,
        budget=budget_of(flash=flash, weights=weights, ram=ram, latency=latency, max_drop=max_drop),
        effort=Effort(jobs=jobs, cluster=cluster, epochs=epochs),
        command=f"toolchain compress --target {target}",
    )
    what = project_of(model, project, calibration, evaluation, training, metric)
    result = front.make(what, options, None if quiet else TerminalProgress(verbose))
    if json:
        print_json(result.values())
    elif not quiet:
        _print(result, verbose)


def _print(result: FrontResult, verbose: bool) -> None:
    from toolchain.cli._console import print_rows
    from toolchain.front import why_text
    from toolchain.report import units

    rows = [(p.folder.as_posix(), units.score(result.metric, p.score), units.percent(p.drop, 2),
             units.kib(p.flash_bytes), units.kib(p.weights_bytes), units.kib(p.ram_bytes), units.time(p.latency_us),
             "yes" if p.within else "no", p.beaten_by.name if p.beaten_by else "", str(len(p.steps)))
            for p in result.points]
    exact = units.score(result.metric, result.float_score)
    print(f"{result.name} for {result.target}: float {result.metric} {exact}\n")
    head = ("point", result.metric, "loss", "flash", "weights", "RAM", "latency", "in budget", "beaten by", "steps")
    print_rows(head, rows)
    if verbose:
        for point in result.points:
            print(f"\n{point.folder.as_posix()}\n{why_text(point)}", end="")
