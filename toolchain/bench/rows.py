"""One line of the benchmark: a network on a core, or a layer's kernel on a core. All that is compared is in them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from toolchain.errors import UsageError

FORMAT = 1


@dataclass(frozen=True)
class NetworkRow:
    """A network, built for a core, run and verified. Bytes as linked; code without weights and serial loop.

    ``stack_bytes`` is the static bound of one inference. Cycles or instructions are None where they are not measured.
    """

    network: str
    core: str
    board: str
    compiler: str
    macs: int
    instructions: int | None
    cycles: int | None
    source: str
    weights_bytes: int
    code_bytes: int
    arena_bytes: int
    arena_lower_bound_bytes: int
    stack_bytes: int
    differing_elements: int

    #: what must not grow
    FIGURES: ClassVar[tuple[str, ...]] = ("instructions", "cycles", "weights_bytes", "code_bytes", "arena_bytes",
                                          "stack_bytes")

    @property
    def key(self) -> str:
        """Name of the row: what it measures, not what came out."""
        return f"{self.network} on {self.board}, {self.compiler}"


@dataclass(frozen=True)
class LayerRow:
    """One kernel on one layer, alone; ``code_bytes`` of the layer's function and the kernel's."""

    layer: str
    kernel: str
    core: str
    board: str
    compiler: str
    macs: int
    instructions: int
    cycles: int
    code_bytes: int

    FIGURES: ClassVar[tuple[str, ...]] = ("instructions", "cycles", "code_bytes")

    @property
    def key(self) -> str:
        """Name of the row: what it measures, not what came out."""
        return f"{self.layer}, {self.kernel} on {self.board}, {self.compiler}"


Row = NetworkRow | LayerRow


@dataclass(frozen=True)
class Bench:
    """All rows, and in words what is missing and why."""

    networks: tuple[NetworkRow, ...]
    layers: tuple[LayerRow, ...]
    skipped: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row."""
        return (*self.networks, *self.layers)

    def over(self, older: Bench) -> Bench:
        """Return these rows, and those of an older benchmark that these do not replace."""
        own = {row.key for row in self.rows}
        return Bench(tuple(r for r in older.networks if r.key not in own) + self.networks,
                     tuple(r for r in older.layers if r.key not in own) + self.layers, self.skipped)

    def to_json(self) -> str:
        """Return the text of bench.json: one row a line, so that a change of one is a change of one line."""
        lists = ((name, [json.dumps(dataclasses.asdict(row)) for row in getattr(self, name)])
                 for name in ("networks", "layers"))
        body = ",\n".join(f'"{name}": [\n' + ",\n".join(rows) + "\n]" for name, rows in lists)
        return f'{{"format": {FORMAT},\n"skipped": {json.dumps(self.skipped)},\n{body}\n}}\n'


def load(path: Path) -> Bench:
    """Return the rows of a bench.json; UsageError when it cannot be read."""
    try:
        data: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']}, not {FORMAT}")
        networks: Sequence[Mapping[str, Any]] = data["networks"]
        layers: Sequence[Mapping[str, Any]] = data["layers"]
        return Bench(tuple(NetworkRow(**r) for r in networks), tuple(LayerRow(**r) for r in layers),
                     tuple(data.get("skipped", ())))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise UsageError(f"cannot read {path} as a benchmark: {exc}", [], "toolchain bench --update writes it") from exc
