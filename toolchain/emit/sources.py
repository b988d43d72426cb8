"""Files that are copied as they are: kernels with what they include, the application, the board's C."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from toolchain import resources
from toolchain.errors import TargetError
from toolchain.ir import Step
from toolchain.targets import Board

_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
_SUFFIXES = (".c", ".h", ".S")


def kernels(steps: Iterable[Step], threads: int = 1) -> tuple[dict[str, str], list[str]]:
    """Return the kernel and common files that the steps need, by name, and the headers that declare their kernels.

    Several ``threads`` need the pool.

    A kernel that runs on another instruction set than that of its name (Kernel.also) takes the C files that have that
    one's name in place of its own, where there are such: what X_neon.h declares is in X_armv7.c.
    """
    folder = resources.templates()
    paths = [p for part in ("common", "kernels") for p in (folder / part).rglob("*") if p.suffix in _SUFFIXES]
    index = {path.name: path for path in sorted(paths)}
    headers: set[str] = {"tc_pool.h"} if threads > 1 else set()
    wanted = ["tc_types.h", *headers]
    others: dict[str, str] = {}
    for step in steps:
        own = step.kernel.rpartition("_")[2]
        if own != step.isa:
            others[f"_{own}.c"] = f"_{step.isa}.c"
        candidates = (f"tc_{step.op}.h", f"{step.kernel}.h", f"{step.kernel}.c")
        present = [name for name in candidates if name in index]
        if not any(name.startswith(f"{step.kernel}.") for name in present):
            raise AssertionError(f"kernel {step.kernel} has no file in codegen_templates/kernels/{step.op}")
        if step.stream is not None:
            present.append("tc_strips.h")
        headers.update(name for name in present if name.endswith(".h"))
        wanted.extend(present)

    def find(name: str) -> Path | None:
        changed = next((name.removesuffix(own) + new for own, new in others.items() if name.endswith(own)), name)
        return index.get(changed) or index.get(name)

    return _closure([path for name in wanted if (path := find(name))], find), sorted(headers)


def application(platform: str) -> dict[str, str]:
    """Return the application's files for a platform (cortex-m, host): the common and its own."""
    folders = (resources.templates() / "app" / "common", resources.templates() / "app" / platform)
    return {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for folder in folders
            for p in sorted(folder.rglob("*")) if p.suffix in _SUFFIXES}


def board(board: Board) -> dict[str, str]:
    """Return the board's C files and the headers that they include from beside them or from the board's folder."""
    own = resources.board_folders()[board.name]
    found = []
    for name in board.sources:
        candidates = [folder / name for folder in (own, resources.targets()) if (folder / name).is_file()]
        if not candidates:
            raise TargetError(f"board {board.name} names a source that is not there: {name}",
                              [("where", f"targets/boards/{board.name}/board.toml: sources")],
                              "a path relative to the board's folder or to targets/")
        found.append(candidates[0])
    folders = list(dict.fromkeys([own, *(path.parent for path in found)]))
    return _closure(found, lambda name: next((f / name for f in folders if (f / name).is_file()), None))


def _closure(paths: Iterable[Path], find: Callable[[str], Path | None]) -> dict[str, str]:
    """Return name -> text of files and of all that they include; a header brings the .c of its name.

    Included names that ``find`` does not know are generated, or the compiler reports them.
    """
    files: dict[str, str] = {}
    todo = list(paths)
    while todo:
        path = todo.pop()
        if path.name in files:
            continue
        files[path.name] = text = path.read_text(encoding="utf-8")
        names = _INCLUDE.findall(text) + ([f"{path.stem}.c"] if path.suffix == ".h" else [])
        todo.extend(found for name in names if (found := find(name)) is not None)
    return dict(sorted(files.items()))
