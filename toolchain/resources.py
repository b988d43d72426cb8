"""Where codegen_templates/ and targets/ lie: the repository's top level in a checkout, ``_data`` inside the wheel.

The environment variable TOOLCHAIN_BOARDS names further folders of boards, separated as in PATH.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from toolchain.errors import ToolError

BOARDS_VARIABLE = "TOOLCHAIN_BOARDS"
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


def board_folders() -> dict[str, Path]:
    """Return the folder of each board by name, those of TOOLCHAIN_BOARDS too; ToolError for a name that two have."""
    found: dict[str, Path] = {}
    extra = [Path(p) for p in os.environ.get(BOARDS_VARIABLE, "").split(os.pathsep) if p]
    for parent in (targets() / "boards", *extra):
        if not parent.is_dir():
            raise ToolError(f"{parent} is not a folder", [("named by", BOARDS_VARIABLE)], f"unset {BOARDS_VARIABLE}")
        for path in sorted(parent.glob("*/board.toml")):
            if path.parent.name in found:
                raise ToolError(f"there are two boards {path.parent.name}",
                                [("one", str(found[path.parent.name])), ("other", str(path.parent))], "rename a folder")
            found[path.parent.name] = path.parent
    return dict(sorted(found.items()))
