"""The Python interface: the same line as the command's, on objects instead of files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolchain import compression, front, pipeline, project
from toolchain.budget import Budget
from toolchain.errors import UsageError, unknown_name
from toolchain.ir import Array
from toolchain.numerics import Precision, Rounding
from toolchain.report import Report

if TYPE_CHECKING:
    from toolchain.progress import Progress


def build(
    model: Any,
    example_inputs: Any,
    *,
    target: str,
    calibration: Any = None,
    evaluation: Any = None,
    training: Any = None,
    metric: str | Callable[[Any, Array], float] = "accuracy",
    budget: Budget | None = None,
    output: str | Path | None = None,
    name: str | None = None,
    precision: str = "int8",
    rounding: str = "double",
    compiler: str | None = None,
    runner: str | None = None,
    vectors: int | str = 32,
    seed: int = 0,
    threads: int = 1,
    progress: Progress | None = None,
) -> Report:
    """Build a torch.nn.Module in eval mode for a target and return the report; the build lies in ``output``.

    Shapes: ``example_inputs`` a tensor or a tuple of them, batch 1; ``calibration`` float32 [N, ...] (a tuple for
    several inputs); ``evaluation`` and ``training`` pairs (x, y). ``output`` is build/TARGET by default; ``vectors`` is
    how many evaluation samples are verified on the device, or "all". ``precision`` is "int8", or "float32", which needs
    no calibration. ``threads`` compute an inference, where there is an operating system.

    A budget that is not met is no exception: see ``report.budget.met``. Raises ToolchainError for everything that the
    command line exits with another code for.
    """
    names = [r.value for r in Rounding]
    if rounding not in names:
        raise UsageError(*unknown_name("rounding", rounding, names))
    precisions = [p.value for p in Precision]
    if precision not in precisions:
        raise UsageError(*unknown_name("precision", precision, precisions))
    what = project.from_python(
        model, example_inputs, calibration, evaluation, training, metric, name, budget, Precision(precision)
    )
    options = pipeline.Options(
        target=target,
        output=None if output is None else Path(output),
        rounding=Rounding(rounding),
        compiler=compiler,
        runner=runner,
        vectors=vectors,
        seed=seed,
        threads=threads,
        command=f"toolchain.build({what.source}, target={target!r})",
    )
    return pipeline.build(what, options, progress)


def compress(
    model: Any,
    example_inputs: Any,
    *,
    target: str,
    calibration: Any,
    evaluation: Any = None,
    training: Any = None,
    metric: str | Callable[[Any, Array], float] = "accuracy",
    budget: Budget | None = None,
    output: str | Path | None = None,
    name: str | None = None,
    compiler: str | None = None,
    runner: str | None = None,
    seed: int = 0,
    epochs: int | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> list[front.FrontPoint]:
    """Search for the Pareto front of compressed models; ``toolchain build`` takes each point's folder below ``output``.

    The arguments are those of ``build``; ``epochs`` are those of recovery (None: by the data), ``jobs`` processes of
    this computer (more than one needs the ``if __name__ == "__main__"`` of multiprocessing), ``cluster`` the address of
    a dask scheduler. ``output`` is build/TARGET.front by default; an interrupted search goes on there.
    """
    what = project.from_python(model, example_inputs, calibration, evaluation, training, metric, name, budget)
    options = pipeline.Options(
        target=target,
        output=None if output is None else Path(output),
        compiler=compiler,
        runner=runner,
        seed=seed,
        effort=compression.Effort(jobs=jobs, cluster=cluster, epochs=epochs),
        command=f"toolchain.compress({what.source}, target={target!r})",
    )
    return list(front.make(what, options, progress).points)
