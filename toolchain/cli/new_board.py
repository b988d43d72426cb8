"""toolchain new-board: a board of your own, from one of the same chip or family."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from toolchain.cli._options import variable

PANEL, ORDER = "Build", 3


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the board and of its folder, as my-board.")],
    like: Annotated[str, typer.Option("--like", envvar=variable("like"), help="The board to start from.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            envvar=variable("output"),
            help="Folder for the board's folder; targets/boards of a checkout, else boards.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make a board from another one: board.toml, board.c, README.md, to be changed (docs/adding-a-board.md)."""
    from toolchain import board_files, resources, targets

    folder = board_files.copy(like, name, output)
    typer.echo(f"{folder}: {', '.join(sorted(p.name for p in folder.iterdir()))}\n")
    if folder.parent.resolve() != (resources.targets() / "boards").resolve():
        typer.echo(f"  export {resources.BOARDS_VARIABLE}={folder.parent.resolve()}")
    typer.echo(f"  toolchain build --target {name}")
    targets.boards.cache_clear()
