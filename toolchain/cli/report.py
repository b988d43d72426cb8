"""toolchain report: the report of a build, in the terminal or the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from toolchain.cli._options import BuildFolder, Json, variable

PANEL, ORDER = "Run", 4


def command(
    folder: BuildFolder = None,
    open_: Annotated[
        bool, typer.Option("--open", envvar=variable("open"), help="Open report.html in a browser.")
    ] = False,
    json: Json = False,
) -> None:
    """Print the report of a build, and write its report.html where that is missing."""
    import webbrowser

    from toolchain import report
    from toolchain.cli._console import color, width
    from toolchain.cli._options import build_folder

    place = build_folder(folder)
    result = report.load(place)
    if json:
        typer.echo(result.to_json(), nl=False)
    else:
        typer.echo(report.table(result, color(), width()), nl=False)
    page = place / "report.html"
    if place.is_dir() and not page.is_file():
        page.write_text(report.html(result), encoding="utf-8")
    if open_:
        webbrowser.open(page.resolve().as_uri())
