"""toolchain verify: a build's vectors on a device, bit by bit."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolchain.cli._options import Adb, BuildFolder, Json, Port, Quiet, Runner, variable

if TYPE_CHECKING:
    from toolchain.build_directory import Build, Vectors
    from toolchain.runners.protocol import Client
    from toolchain.verify import Journal

PANEL, ORDER = "Run", 2


Count = Annotated[
    int | None,
    typer.Option(
        "--vectors",
        envvar=variable("vectors"),
        min=1,
        help="The first N vectors; all by default.",
        show_default=False,
    ),
]
JournalFile = Annotated[
    Path | None,
    typer.Option(
        "--journal",
        envvar=variable("journal"),
        help="File that keeps what is done: the same command goes on there after the host was killed.",
        show_default=False,
    ),
]


def command(
    folder: BuildFolder = None,
    port: Port = None,
    adb: Adb = None,
    runner: Runner = None,
    vectors: Count = None,
    journal: JournalFile = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a build's test vectors on the device and compare every element with the integer reference.

    On a difference the first differing layer is found and named, and the exit code is 4.
    """
    from dataclasses import asdict

    from toolchain import runners, verify
    from toolchain.build_directory import open_build
    from toolchain.cli._console import print_json, warn_of_fault
    from toolchain.cli._options import build_folder

    build = open_build(build_folder(folder))
    chosen = build.vectors if vectors is None else build.vectors.head(vectors)
    runner, results, model_hash = runner or _runner(build.manifest, port), [], str(build.manifest["model_hash"])
    if adb is not None:
        from toolchain.cli import _phone

        results.append(_phone.verification(build, chosen, adb))
    for machine in runners.machines(build.target, runner, port) if adb is None else ():
        with runners.open_device(build.firmware, machine, runner, port) as client:
            warn_of_fault(client)
            with _journal(journal, client, build, chosen) as kept:
                result, _ = verify.verify(
                    client, build.program, chosen.inputs, chosen.outputs, model_hash=model_hash, journal=kept
                )
        results.append(result)
    result = verify.together(results)
    if json:
        print_json(asdict(result))
    elif not quiet and not result.differing_elements:
        on = ", ".join(result.processors) or result.runner
        typer.echo(
            f"{build.program.graph.name} on {build.target.board.name} ({on}): {result.vectors} vectors, "
            f"0 of {result.elements} output elements differ"
        )
    verify.require_equal(result)


def _journal(
    path: Path | None, client: Client, build: Build, vectors: Vectors
) -> contextlib.AbstractContextManager[Journal | None]:
    """Return the journal of a verification; one a processor, where there are several."""
    from toolchain.verify import Journal

    if path is None:
        return contextlib.nullcontext()
    path = path.with_name(path.name + (f".{client.processor}" if client.processor else ""))
    journal = Journal(path, str(build.manifest["model_hash"]), vectors.inputs, vectors.outputs)
    if journal.done:
        typer.echo(f"goes on with vector {len(journal.done)} of {len(vectors.inputs[0])} ({path})", err=True)
    return journal


def _runner(manifest: object, port: str | None) -> str | None:
    """Return the runner that the build was verified with, unless a port stands for another."""
    assert isinstance(manifest, dict)
    runner = manifest.get("runner")
    return str(runner) if port is None and runner and runner != "serial" else None
