"""Options that several verbs share. Every option has an environment variable TOOLCHAIN_NAME."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer


def variable(name: str) -> str:
    """Return the environment variable of an option."""
    return "TOOLCHAIN_" + name.upper().replace("-", "_")


Json = Annotated[bool, typer.Option("--json", envvar=variable("json"), help="Print JSON and nothing else on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", envvar=variable("quiet"), help="Print errors only.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", envvar=variable("verbose"), help="Say more on stderr.")]
Port = Annotated[
    str | None,
    typer.Option(
        "--port", envvar=variable("port"), help="Serial port or pyserial URL of a board, or auto.", show_default=False
    ),
]
Adb = Annotated[
    str | None,
    typer.Option(
        "--adb",
        metavar="[SERIAL]",
        envvar=variable("adb"),
        help="An Android phone by adb; its serial number where several are connected.",
        show_default=False,
    ),
]
Runner = Annotated[
    str | None,
    typer.Option(
        "--runner",
        envvar=variable("runner"),
        help="simulator, qemu, host or serial; the board's first by default.",
        show_default=False,
    ),
]
BuildFolder = Annotated[
    Path | None,
    typer.Argument(metavar="DIR", help="Build directory; the only one below build/ by default.", show_default=False),
]


def with_optional_values(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with an empty value after a bare ``--adb``: one that no serial number follows."""
    result: list[str] = []
    for word, following in zip(arguments, [*arguments[1:], "-"], strict=True):
        result.append(word)
        if word == "--adb" and (following.startswith("-") or Path(following).is_dir()):
            result.append("")
    return result


def build_folder(folder: Path | None) -> Path:
    """Return the folder that was named, or the only build below ``build/``; UsageError when that is not clear."""
    from toolchain.errors import UsageError

    if folder is not None:
        return folder
    found = sorted(p.parent for p in Path("build").glob("*/manifest.json"))
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(
            "no build directory below build/", [], ["toolchain build --target cortex-m4", "name the folder"]
        )
    raise UsageError(
        f"{len(found)} build directories below build/", [("found", ", ".join(map(str, found)))], f"name one: {found[0]}"
    )
