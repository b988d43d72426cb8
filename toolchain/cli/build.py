"""toolchain build: the straight line, up to verified firmware."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from toolchain.cli._options import Json, Port, Quiet, Runner, Verbose, variable

PANEL, ORDER = "Build", 1


def option(name: str, text: str, *short: str, **extra: Any) -> Any:
    """Return an option with its environment variable."""
    return typer.Option(f"--{name}", *short, envvar=variable(name), help=text, show_default=False, **extra)


def command(
    model: Annotated[
        Path | None, typer.Argument(metavar="MODEL", help="A .pt2 or .tflite file, or a point of compress.")
    ] = None,
    target: Annotated[str | None, option("target", "Core, board, Android ABI or host.", "-t")] = None,
    project: Annotated[Path, option("project", "Folder with a toolchain.toml; the current one by default.")] = Path(),
    output: Annotated[Path | None, option("output", "Build directory; build/TARGET by default.", "-o")] = None,
    calibration: Annotated[
        Path | None, option("calibration", ".npz with x, for a MODEL.", rich_help_panel="Data")
    ] = None,
    evaluation: Annotated[
        Path | None, option("evaluation", ".npz with x and y, for a MODEL.", rich_help_panel="Data")
    ] = None,
    training: Annotated[
        Path | None, option("training", ".npz with x and y, for a MODEL.", rich_help_panel="Data")
    ] = None,
    metric: Annotated[
        str | None, option("metric", "accuracy, mse or auc, for a MODEL.", rich_help_panel="Data")
    ] = None,
    flash: Annotated[
        str | None, option("flash", "Limit of all that is linked: 64KiB.", rich_help_panel="Budget")
    ] = None,
    weights: Annotated[
        str | None, option("weights", "Limit of the weights alone, without code: 16KiB.", rich_help_panel="Budget")
    ] = None,
    ram: Annotated[
        str | None, option("ram", "Limit of arena, data and stack: 16KiB.", rich_help_panel="Budget")
    ] = None,
    latency: Annotated[str | None, option("latency", "Limit of one inference: 20ms.", rich_help_panel="Budget")] = None,
    max_drop: Annotated[
        str | None, option("max-drop", "Accepted loss of the metric: 1%.", rich_help_panel="Budget")
    ] = None,
    optimize: Annotated[
        str, option("optimize", "What to make small: latency (default), flash or ram.", rich_help_panel="Budget")
    ] = "latency",
    precision: Annotated[str | None, option("precision", "int8 (default), or float32: nothing is quantised.")] = None,
    rounding: Annotated[str, option("rounding", "double (TFLM, CMSIS-NN; default) or single.")] = "double",
    compiler: Annotated[str | None, option("compiler", "gcc, clang, zig or a path.")] = None,
    threads: Annotated[
        int | None, option("threads", "Android, Linux, host: threads of an inference; 1 by default.")
    ] = None,
    measure: Annotated[
        bool,
        typer.Option(
            "--measure/--no-measure",
            envvar=variable("measure"),
            help="Choose kernels by running them on the simulator, or by their order.",
        ),
    ] = True,
    runner: Runner = None,
    port: Port = None,
    vectors: Annotated[str | None, option("vectors", "How many samples to verify on the device, or all.")] = None,
    seed: Annotated[int, option("seed", "Seed of everything random.")] = 0,
    epochs: Annotated[int | None, option("epochs", "Epochs of recovery; 0: none.", rich_help_panel="Search")] = None,
    jobs: Annotated[int, option("jobs", "Processes of this computer.", "-j", rich_help_panel="Search")] = 1,
    cluster: Annotated[
        str | None, option("cluster", "Address of a dask scheduler: tcp://host:8786.", rich_help_panel="Search")
    ] = None,
    sanitize: Annotated[bool, option("sanitize", "Host only: address and undefined-behaviour sanitizers.")] = False,
    stop_after: Annotated[str | None, option("stop-after", "Print a stage's result as text and stop.")] = None,
    keep_stages: Annotated[bool, option("keep-stages", "Leave the stages' texts in DIR/stages.")] = False,
    json: Json = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Build a model for a target: quantise, plan, generate C, compile, run, verify, report.

    Without MODEL the project in this folder (toolchain.toml) is built. Exit codes: 0 done, 1 model or target, 2 usage,
    3 budget not met (the build is written), 4 verification failed, 5 tool or device missing.
    """
    from toolchain import pipeline, report
    from toolchain.cli._console import TerminalProgress, color, width
    from toolchain.compression import Effort
    from toolchain.errors import UsageError

    if target is None:
        raise UsageError("no target", [("where", "--target")], ["--target cortex-m4", "toolchain targets lists them"])
    options = pipeline.Options(
        target=target,
        output=output,
        precision=_precision(precision),
        rounding=_rounding(rounding),
        compiler=compiler,
        runner=runner,
        port=port,
        seed=seed,
        vectors=None if vectors is None else _vectors(vectors),
        budget=budget_of(flash=flash, weights=weights, ram=ram, latency=latency, max_drop=max_drop),
        objective=_objective(optimize),
        measure=measure,
        sanitize=sanitize,
        threads=threads,
        stop_after=stop_after,
        keep_stages=keep_stages,
        effort=Effort(jobs=jobs, cluster=cluster, epochs=epochs),
        command=_command(model, target, optimize, precision, rounding, compiler, seed, threads),
    )
    what = project_of(model, project, calibration, evaluation, training, metric, options.precision)
    try:
        result = pipeline.build(what, options, None if quiet else TerminalProgress(verbose))
    except pipeline.Stopped as stopped:
        typer.echo(stopped.text, nl=False)
        return
    if json:
        typer.echo(result.to_json(), nl=False)
    elif not quiet:
        typer.echo(report.table(result, color(), width()), nl=False)
    pipeline.require_budget(result)


def budget_of(**limits: str | None) -> Any:
    """Return the budget of the options, by name."""
    from toolchain.budget import Budget

    return Budget(**limits, where={name: f"--{name.replace('_', '-')}" for name in limits})


def project_of(
    model: Path | None,
    folder: Path,
    calibration: Path | None,
    evaluation: Path | None,
    training: Path | None,
    metric: str | None,
    precision: Any = None,
) -> Any:
    """Return the project of a model file with its data, of a point of compress, or of a folder."""
    from toolchain import project, project_file
    from toolchain.errors import UsageError
    from toolchain.numerics import Precision

    if model is not None and project.is_point(model):
        return project.from_point(model)
    if model is not None:
        return project.from_file(
            model, calibration, evaluation, training, metric or "accuracy", precision or Precision.INT8
        )
    given = {"calibration": calibration, "evaluation": evaluation, "training": training, "metric": metric}
    for name, value in given.items():
        if value is not None:
            raise UsageError(
                f"--{name} is for a MODEL file; a project names its own",
                [("where", f"[data] {name} in toolchain.toml")],
            )
    return project_file.read(folder)


def _precision(name: str | None) -> Any:
    from toolchain.errors import UsageError, unknown_name
    from toolchain.numerics import Precision

    names = [p.value for p in Precision]
    if name is not None and name not in names:
        raise UsageError(*unknown_name("precision", name, names, option="--precision"))
    return None if name is None else Precision(name)


def _rounding(name: str) -> Any:
    from toolchain.errors import UsageError, unknown_name
    from toolchain.numerics import Rounding

    names = [r.value for r in Rounding]
    if name not in names:
        raise UsageError(*unknown_name("rounding", name, names, option="--rounding"))
    return Rounding(name)


def _vectors(text: str) -> int | str:
    from toolchain.errors import UsageError

    if text != "all" and (not text.isdigit() or int(text) < 1):
        raise UsageError(
            f"cannot read '{text}' as a number of vectors", [("where", "--vectors")], ["--vectors 32", "--vectors all"]
        )
    return text if text == "all" else int(text)


def _objective(name: str) -> Any:
    from toolchain.errors import UsageError, unknown_name
    from toolchain.plan import Objective

    names = [o.value for o in Objective]
    if name not in names:
        raise UsageError(*unknown_name("objective", name, names, option="--optimize"))
    return Objective(name)


def _command(
    model: Path | None,
    target: str,
    optimize: str,
    precision: str | None,
    rounding: str,
    compiler: str | None,
    seed: int,
    threads: int | None,
) -> str:
    """Return the command without what does not change the firmware (folders, output), as banner and report print it."""
    words = ["toolchain", "build", *([model.name] if model is not None else []), "--target", target]
    words += ["--optimize", optimize] if optimize != "latency" else []
    words += ["--precision", precision] if precision is not None else []
    words += ["--rounding", rounding] if rounding != "double" else []
    words += ["--compiler", Path(compiler).name] if compiler is not None else []
    words += ["--seed", str(seed)] if seed else []
    words += ["--threads", str(threads)] if threads is not None else []
    return shlex.join(words)
