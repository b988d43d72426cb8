"""Results that are expensive and depend on nothing but their inputs, kept between runs; deleting them costs time only.

The folder is ``$TOOLCHAIN_CACHE_DIR``, else the platform's: ``$XDG_CACHE_HOME`` or ``~/.cache``, ``~/Library/Caches``,
``%LOCALAPPDATA%``; below it ``edge-toolchain``. A folder that cannot be written is no error: nothing is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

NAME = "edge-toolchain"


def folder() -> Path:
    """Return the cache's folder; it need not exist."""
    if own := os.environ.get("TOOLCHAIN_CACHE_DIR"):
        return Path(own)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / NAME
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / NAME / "Cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / NAME


def key(*parts: object) -> str:
    """Return a name for a result that depends on these parts and nothing else; equal ``repr`` means equal part."""
    return hashlib.sha256("\0".join(map(repr, parts)).encode()).hexdigest()[:32]


def digest(paths: Iterable[Path]) -> str:
    """Return a hash of the names and contents of files."""
    total = hashlib.sha256()
    for path in sorted(paths):
        data = path.read_bytes()
        total.update(f"{path.name}\0{len(data)}\0".encode() + data)
    return total.hexdigest()


def read(kind: str, name: str) -> Any:
    """Return the JSON value that was written under this name; None when there is none that can be read."""
    try:
        return json.loads(_path(kind, name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write(kind: str, name: str, value: Any) -> None:
    """Keep a JSON value, at once or not at all."""
    write_bytes(_path(kind, name), json.dumps(value).encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file of the cache so that no reader ever sees a part of it."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        Path(file.name).replace(path)


def _path(kind: str, name: str) -> Path:
    return folder() / kind / f"{name}.json"
