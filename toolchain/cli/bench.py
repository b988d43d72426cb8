"""toolchain bench: networks and layers on every core, against the figures of others and the committed ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from toolchain.cli._options import Json, variable

PANEL, ORDER = "Run", 6


def command(
    core: Annotated[
        list[str] | None,
        typer.Option("--core", envvar=variable("core"), help="A core; repeatable. All by default.", show_default=False),
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(
            "--network",
            envvar=variable("network"),
            help="A network; repeatable. All, and layers, by default.",
            show_default=False,
        ),
    ] = None,
    compiler: Annotated[
        str | None, typer.Option("--compiler", envvar=variable("compiler"), help="gcc, clang, zig or a path.")
    ] = None,
    networks: Annotated[
        Path | None,
        typer.Option(
            "--networks",
            envvar=variable("networks"),
            help="Folder with models/NAME.pt2 and data/NAME_calibration.npz; ../shared beside the checkout by default.",
            show_default=False,
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", envvar=variable("baseline"), help="Rows to compare with.", show_default=False),
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", envvar=variable("update"), help="Write the measured rows into the baseline.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            envvar=variable("bench_output"),
            help="Write the rows as JSON.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Measure the reference networks and single layers; exit code 3 when a figure grew by more than 2 %.

    Networks that are not here are skipped, with a line that says so.
    """
    from toolchain import bench

    committed = baseline or bench.CHECKOUT / "tests" / "bench" / "baseline.json"
    folder = networks or bench.CHECKOUT.parent / "shared"
    result, failures = bench.run(folder, core or (), compiler, _say, network or ())
    text = result.to_json()
    if output is not None:
        output.write_text(text, encoding="utf-8")
    typer.echo(text if json else bench.table(result, bench.baselines.load()), nl=False)
    _require_builds(failures, result)
    if update:
        committed.parent.mkdir(parents=True, exist_ok=True)
        partial = bool(core or network) and committed.is_file()
        committed.write_text(result.over(bench.load(committed)).to_json() if partial else text, encoding="utf-8")
        _say(f"{committed} written")
    elif committed.is_file():
        _require_no_regression(bench.load(committed), result)
    else:
        _say(f"compared with nothing: no {committed}; --update writes it")


def _say(line: str) -> None:
    typer.echo(f"bench: {line}", err=True)


def _require_builds(failures: list[str], result: object) -> None:
    from toolchain.bench import Bench
    from toolchain.errors import VerificationError

    assert isinstance(result, Bench)
    failures += [f"{r.key}: {r.differing_elements} elements differ" for r in result.networks if r.differing_elements]
    if failures:
        raise VerificationError(f"{len(failures)} builds failed", [("build", line) for line in failures])


def _require_no_regression(before: object, now: object) -> None:
    from toolchain.bench import Bench, changes, compared
    from toolchain.errors import BudgetError

    assert isinstance(before, Bench) and isinstance(now, Bench)
    found = changes(before, now)
    for change in found:
        if not change.worse:
            _say(str(change))
    worse = [change for change in found if change.worse]
    if worse:
        raise BudgetError(
            f"{len(worse)} figures grew by more than 2 %",
            [("worse", str(change)) for change in worse],
            "--update, where that is meant, rewrites the baseline",
        )
    _say(f"{compared(before, now)} rows compared, none worse by more than 2 %")
