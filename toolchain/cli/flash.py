"""toolchain flash: put the firmware on a board (a later version)."""

from __future__ import annotations

from typing import Annotated

import typer

from toolchain.cli._options import BuildFolder, variable

PANEL, ORDER = "Run", 1


def command(
    folder: BuildFolder = None,
    board: Annotated[str | None, typer.Option("--board", envvar=variable("board"), show_default=False)] = None,
    probe: Annotated[str | None, typer.Option("--probe", envvar=variable("probe"), show_default=False)] = None,
) -> None:
    """Put the firmware on a board (not there yet)."""
    from toolchain.cli._later import not_yet
    from toolchain.cli._options import build_folder

    elf = build_folder(folder) / "firmware.elf"
    raise not_yet("toolchain flash", f"your probe's own tool with {elf} (or .hex, .bin beside it)")
