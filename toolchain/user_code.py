"""Calls of functions that the user wrote, ``module:function`` in the project folder; errors say whose they are."""

from __future__ import annotations

import importlib
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from toolchain.errors import ModelError, ToolchainError, UsageError

_HERE = str(Path(__file__).resolve().parent)


def split_reference(reference: str, where: str) -> tuple[str, str]:
    """Return (module, function) of ``module:function``; UsageError for another form."""
    match = re.fullmatch(r"([A-Za-z_][\w.]*):([A-Za-z_]\w*)", reference)
    if match is None:
        raise UsageError(f"'{reference}' is not of the form module:function", [("where", where)], '"data:calibration"')
    return match[1], match[2]


def resolve(reference: str, where: str) -> Callable[..., Any]:
    """Return the callable that a reference names; call inside ``importable``."""
    module_name, function_name = split_reference(reference, where)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as exc:
        if exc.name is None or not f"{module_name}.".startswith(f"{exc.name}."):
            raise  # a module that the user's own code imports
        raise UsageError(
            f"no module '{module_name}' for '{reference}'",
            [("where", where)],
            f"write {module_name}.py beside the project file",
        ) from exc
    function = getattr(module, function_name, None)
    if not callable(function):
        raise UsageError(
            f"module '{module_name}' has no function '{function_name}'",
            [("where", where), ("file", str(module.__file__))],
        )
    return function  # type: ignore[no-any-return]


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Make the folder's modules importable, first on the path; afterwards the interpreter's modules are as before.

    Two projects with a ``model.py`` each can so be built in one process.
    """
    entry = str(folder.resolve())
    own = {p.stem for p in folder.glob("*.py")} | {p.parent.name for p in folder.glob("*/__init__.py")}
    hidden = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] in own}
    sys.path.insert(0, entry)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(entry)
        for name in list(sys.modules):
            if name.split(".")[0] in own:
                del sys.modules[name]
        sys.modules.update(hidden)


class guard:
    """Context in which the user's function runs: what it raises becomes a ModelError that keeps its traceback."""

    def __init__(self, reference: str, where: str) -> None:
        self.reference, self.where = reference, where

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, ToolchainError) or not isinstance(error, Exception):
            return
        frames = [f for f in traceback.extract_tb(trace) if not f.filename.startswith((_HERE, "<frozen"))]
        frames = [f for f in frames if Path(f.filename).name != "__init__.py" or "importlib" not in f.filename]
        text = "".join(traceback.format_list(frames)).rstrip() or "no frame of your code"
        raise ModelError(
            f"'{self.reference}' failed: {type(error).__name__}: {error}", [("where", self.where), ("at", text)]
        ) from error
