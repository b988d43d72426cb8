"""toolchain farm: builds verified and profiled on many boards at once."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolchain.cli._options import Json, Quiet, variable

if TYPE_CHECKING:
    from toolchain.farm import Result

PANEL, ORDER = "Run", 4


class Action(str, Enum):
    """What to do with a farm."""

    RUN = "run"


def command(
    action: Annotated[Action, typer.Argument(help="run: verify and profile every board.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The boards; docs/farm.md.")] = Path("farm.toml"),
    junit: Annotated[
        Path | None,
        typer.Option(
            "--junit",
            envvar=variable("junit"),
            help="JUnit XML for a CI server; overrides the file's.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Verify and profile builds on several ports at the same time: boards, QEMU, the simulator.

    A board that fails stops no other. Exit code 4 when outputs differ somewhere, 5 when a board does not answer.
    """
    from dataclasses import asdict

    from toolchain import farm
    from toolchain.cli._console import color, print_json, width

    found = farm.read(file)
    results = farm.run(found, on_result=lambda result: None if quiet else _tell(result))
    if (path := junit or found.junit) is not None:
        _write(path, farm.junit(results))
    if json:
        print_json([asdict(result) for result in results])
    elif not quiet or farm.exit_code(results):
        typer.echo(farm.table(results, color(), width()), nl=False)
    if code := farm.exit_code(results):
        raise typer.Exit(code)


def _tell(result: Result) -> None:
    typer.echo(f"{result.name}: {result.state.value}", err=True)


def _write(path: Path, text: str) -> None:
    from toolchain.errors import UsageError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise UsageError(f"cannot write {path}: {exc.strerror}", [], "--junit FILE") from exc
