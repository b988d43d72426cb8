"""A new board's folder, made from another board's: what belongs to the chip is kept, what to the board is left to say.

Raises: UsageError for names that cannot be, and folders that cannot be written.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from toolchain import resources, targets
from toolchain.errors import TargetError, UsageError, unknown_name

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
#: Keys of board.toml that are true of one board only.
OWN = ("board_ids", "url")


def copy(like: str, name: str, output: Path | None = None) -> Path:
    """Make the folder ``name`` below ``output`` from the board ``like``; return it."""
    if not NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' is no name for a board", [("a name is", "small letters and digits, joined by -")], "my-board"
        )
    if name in targets.boards() or name in targets.cores():
        raise UsageError(f"there is a target {name} already", [], "another name")
    if like not in targets.boards():
        raise UsageError(*unknown_name("board", like, targets.boards(), option="--like"))
    source = resources.board_folders()[like]
    if targets.boards()[like].flash is None:
        raise TargetError(f"board {like} exists in emulators only", [], "--like with a real board: toolchain boards")
    folder = (output or _parent()) / name
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, folder)
        _rewrite(folder / "board.toml", _settings(name, like))
        _rewrite(folder / "README.md", _readme(name, like))
    except OSError as exc:
        hint = "-o DIR with a folder that you may write to"
        raise UsageError(f"cannot write {folder}: {exc.strerror}", [], hint) from exc
    return folder


def _parent() -> Path:
    """Return targets/boards of a checkout; of an installed package, boards in the current folder."""
    boards = resources.targets() / "boards"
    checkout = (boards.parent.parent / "pyproject.toml").is_file() and os.access(boards, os.W_OK)
    return boards if checkout else Path("boards")


def _rewrite(path: Path, changes: dict[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for pattern, replacement in changes.items():
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")


def _settings(name: str, like: str) -> dict[str, str]:
    """Return what changes in board.toml: pattern -> replacement."""
    chip = targets.boards()[like].description.partition("(")[2].rpartition(")")[0]
    return {
        r'^description = ".*"$': f'description = "{name} ({chip or like})"',
        rf"^({'|'.join(OWN)}) = .*\n": "",
        r'^(chip = ".*")$(\nvalidated = .*)?': r"\1\nvalidated = false",  # nobody compared times with this board
    }


def _readme(name: str, like: str) -> dict[str, str]:
    """Return what changes in README.md: nothing that was tried with the other board was tried with this one."""
    return {
        r"\A# .*\n": rf"# {name}\n\nMade from {like}: clock, pins, memory, serial port below are still that board's.\n",
        r"^## How it is tested\n(.*\n?)*": "## How it is tested\n\nNot at all so far. No board was used.\n",
    }
