"""toolchain compress: only the search (a later version)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from toolchain.cli._options import variable

PANEL, ORDER = "Build", 2


def command(
    model: Annotated[Path | None, typer.Argument(metavar="MODEL", show_default=False)] = None,
    target: Annotated[str, typer.Option("--target", "-t", envvar=variable("target"), show_default=False)] = "",
) -> None:
    """Search for the best compressed models (not there yet)."""
    from toolchain.cli._later import not_yet

    raise not_yet("toolchain compress", "toolchain build quantises to int8 and checks the budget")
