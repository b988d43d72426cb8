"""toolchain new: a project that builds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PANEL, ORDER = "Build", 0


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the project and of its folder.")],
) -> None:
    """Make a project that builds as it is: toolchain.toml, model.py, data.py, README.md."""
    from toolchain.errors import UsageError
    from toolchain.project import identifier_from

    folder = Path(name)
    if folder.exists():
        raise UsageError(f"{folder} exists already", [], "another name")
    templates = Path(__file__).with_name("_new")
    files = {p.name.removesuffix(".txt"): p.read_text(encoding="utf-8") for p in sorted(templates.glob("*.txt"))}
    try:
        folder.mkdir(parents=True)
        for file, text in files.items():
            (folder / file).write_text(text.replace("@NAME@", identifier_from(folder.name)), encoding="utf-8")
    except OSError as exc:
        raise UsageError(f"cannot write {folder}: {exc.strerror}") from exc
    typer.echo(f"{folder}: {', '.join(files)}\n\n  cd {folder}\n  toolchain build --target cortex-m4")
