"""toolchain flash: put a build's firmware on a board."""

from __future__ import annotations

from typing import Annotated

import typer

from toolchain.cli._options import BuildFolder, Json, Quiet, variable

PANEL, ORDER = "Run", 1


def command(
    folder: BuildFolder = None,
    board: Annotated[
        str | None,
        typer.Option(
            "--board",
            envvar=variable("board"),
            help="Another board of the same chip; the build's by default.",
            show_default=False,
        ),
    ] = None,
    probe: Annotated[
        str | None,
        typer.Option(
            "--probe",
            envvar=variable("probe"),
            help="Serial number of the probe, port or drive, or a part of it; needed when there are several.",
            show_default=False,
        ),
    ] = None,
    tool: Annotated[
        str | None,
        typer.Option(
            "--tool",
            envvar=variable("tool"),
            help="pyocd, openocd, st-flash, picotool, uf2, nrfjprog or bossac; the board's first by default.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Put a build's firmware on a board, read it back and compare. Only the sectors of the image are erased.

    Exit code 4 when the flash holds something else afterwards, 5 when no tool or probe is there or it fails.
    """
    from dataclasses import asdict

    from toolchain import flashers, targets
    from toolchain.build_directory import open_build
    from toolchain.cli._console import TerminalProgress, print_json
    from toolchain.cli._options import build_folder
    from toolchain.compilers import images
    from toolchain.progress import Progress

    build = open_build(build_folder(folder))
    chosen = build.target.board if board is None else targets.sibling(build.target.board, board)
    _, parts = images.segments(build.firmware.elf)
    image = flashers.Image(tuple(parts), build.firmware.elf)

    progress = Progress() if quiet else TerminalProgress(verbose=False)
    try:
        done = flashers.flash(chosen, image, tool=tool, probe=probe, progress=progress)
    except KeyboardInterrupt:
        typer.echo(f"the flash of {chosen.name} may hold a part of the image: flash it again", err=True)
        raise
    if json:
        print_json(asdict(done))
    elif not quiet:
        checked = f"read back, SHA-256 {done.sha256[:16]}..." if done.read_back else "not read back: the tool cannot"
        typer.echo(f"{build.program.graph.name}: {done.bytes} bytes flashed, {checked}")
        if done.ports and flashers.registry()[done.tool].keeps_port:
            typer.echo(f"next: toolchain verify {build.folder} --port {done.ports[0]}", err=True)
