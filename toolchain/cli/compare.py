"""toolchain compare: two builds or reports side by side, with thresholds for CI."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from toolchain.cli._options import Json, variable

PANEL, ORDER = "Run", 5


def _threshold(name: str, text: str) -> Any:
    return typer.Option(f"--{name}", envvar=variable(name), help=text, show_default=False)


def command(
    before: Annotated[Path, typer.Argument(metavar="A", help="Build directory or report.json.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="Build directory or report.json.")],
    max_flash: Annotated[str | None, _threshold("max-flash", "Accepted growth of flash: 1%.")] = None,
    max_ram: Annotated[str | None, _threshold("max-ram", "Accepted growth of RAM: 0%.")] = None,
    max_latency: Annotated[str | None, _threshold("max-latency", "Accepted growth of latency: 2%.")] = None,
    max_accuracy_drop: Annotated[
        str | None, _threshold("max-accuracy-drop", "Accepted loss of the metric: 0.5%.")
    ] = None,
    json: Json = False,
) -> None:
    """Compare two builds; exit code 3 when B is worse than A by more than a threshold."""
    from dataclasses import asdict

    from toolchain import report
    from toolchain.budget import parse_fraction
    from toolchain.cli._console import print_json
    from toolchain.errors import BudgetError

    given = {
        "flash": (max_flash, "--max-flash"),
        "ram": (max_ram, "--max-ram"),
        "latency": (max_latency, "--max-latency"),
        "accuracy": (max_accuracy_drop, "--max-accuracy-drop"),
    }
    thresholds = {name: parse_fraction(text, option) for name, (text, option) in given.items() if text is not None}
    first, second = report.load(before), report.load(after)
    rows = report.compare(first, second, thresholds)
    if json:
        print_json([asdict(row) for row in rows])
    else:
        typer.echo(report.format_comparison(rows, second.accuracy.metric), nl=False)
    worse = [row for row in rows if row.worse]
    if worse:
        raise BudgetError(
            f"{after} is worse than {before}: {', '.join(r.quantity for r in worse)}",
            [(r.quantity, f"limit {thresholds[r.quantity] * 100:g} %") for r in worse],
        )
