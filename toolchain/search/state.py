"""Results of a search that is under way, on disk: an interrupted search finds them again and goes on.

One file of JSON per result, written at once or not at all; quantised graphs are JSON with their constants in base64.
All results of a folder belong to one question (model, data, target, seed, and the code that answers it: ``stamp``);
``open_store`` empties one of another.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from toolchain.cache import digest, key, write_bytes
from toolchain.data import Data
from toolchain.ir import Graph
from toolchain.program_file import graph_from_record, graph_to_text

#: Packages that results come from.
SOURCES = ("compress", "search", "ops", "ir")


class Store:
    """Results by name; without a folder they are kept in memory."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.memory: dict[str, Any] = {}

    def read(self, name: str) -> Any:
        """Return the result of this name; None when there is none."""
        if name not in self.memory and self.folder is not None:
            try:
                self.memory[name] = json.loads(self._path(name).read_text(encoding="utf-8"))
            except (OSError, ValueError):
                return None
        return self.memory.get(name)

    def write(self, name: str, value: Any) -> None:
        """Keep a result, plain values."""
        self.memory[name] = value
        if self.folder is not None:
            write_bytes(self._path(name), json.dumps(value).encode())

    def read_graph(self, name: str) -> Graph | None:
        """Return the graph of this name."""
        found = self.read(name)
        return None if found is None else graph_from_record(found)

    def write_graph(self, name: str, graph: Graph) -> None:
        """Keep a graph."""
        self.write(name, json.loads(graph_to_text(graph)))

    def _path(self, name: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{name}.json"


def open_store(folder: Path | None, question: str) -> Store:
    """Return the store of a folder; results of another question there are removed."""
    if folder is not None:
        marker = folder / "question.json"
        if not marker.is_file() or json.loads(marker.read_text(encoding="utf-8")) != question:
            shutil.rmtree(folder, ignore_errors=True)
            write_bytes(marker, json.dumps(question).encode())
    return Store(folder)


def question(graph: Graph, data: Data, *rest: object) -> str:
    """Return a name for a model, its data and whatever else the results depend on."""
    total = hashlib.sha256(graph_to_text(graph).encode())
    total.update(stamp().encode())
    for array in _arrays(data):
        total.update(array)
    total.update("\0".join(map(repr, rest)).encode())
    return total.hexdigest()[:32]


def stamp(home: Path = Path(__file__).parents[1]) -> str:
    """Return a hash of the code that results come from, techniques and their configs among it, and its libraries."""
    sources = (p for name in SOURCES for p in (home / name).rglob("*.py"))
    versions = [f"{name} {version(name)}" for name in ("numpy", "torch", "scipy")]
    return key(digest([*sources, home / "numerics.py"]), versions)


def _arrays(data: Data) -> Sequence[bytes]:
    found = list(data.calibration)
    if data.training is not None:
        t = data.training
        found += [*t.inputs, t.targets, *(x for copy in t.copies for x in copy)]
        found += [] if t.groups is None else [t.groups]
    return [a.tobytes() for a in found]
