"""Where codegen_templates/ and targets/ lie: the repository's top level in a checkout, ``_data`` inside the wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from toolchain.errors import ToolError

_PACKAGE = Path(__file__).resolve().parent


@cache
def folder(name: str) -> Path:
    """Return the folder ``codegen_templates`` or ``targets``; ToolError when the installation lacks it."""
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise ToolError(f"the installation lacks its folder {name}", [("looked in", str(_PACKAGE))],
                    "reinstall edge-toolchain")


def templates() -> Path:
    """Return codegen_templates/."""
    return folder("codegen_templates")


def targets() -> Path:
    """Return targets/."""
    return folder("targets")
