"""Geometry of the report's charts: plain numbers that the template prints as SVG.

Units: viewBox units; the arena chart has time (steps) to the right and addresses upwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from toolchain.report import units
from toolchain.report.model import ArenaBuffer, Layer, Memory, Report

WIDTH, HEIGHT = 1000.0, 300.0
#: Height of a line and width of a letter of a block's name.
LINE, LETTER = 16.0, 7.0


@dataclass(frozen=True)
class Bar:
    """One layer's bar: ``percent`` of the longest."""

    name: str
    op: str
    percent: float
    label: str
    tip: str


@dataclass(frozen=True)
class Block:
    """One buffer in the arena, a polygon (``points`` of SVG); ``x``, ``y`` where its name begins, ``kind`` a colour.

    Where an output lies over the input that its step consumes, the line between them rises from the first shared byte,
    at the step's beginning, to the last one at its end.
    """

    x: float
    y: float
    points: str
    kind: str
    name: str
    tip: str


def bars(layers: tuple[Layer, ...]) -> list[Bar]:
    """Return one bar a layer: cycles, or MACs where no cycles are known."""
    by_cycles = any(layer.cycles for layer in layers)
    values = [(layer.cycles or 0) if by_cycles else layer.macs for layer in layers]
    longest, total = max(values, default=0) or 1, sum(values) or 1
    unit = "cycles" if by_cycles else "MACs"
    return [
        Bar(
            name=layer.name,
            op=layer.op,
            percent=round(100 * value / longest, 2),
            label=f"{units.count(value)}, {units.percent(value / total)}",
            tip=f"{layer.name}: {value:,} {unit}, kernel {layer.kernel}",
        )
        for layer, value in zip(layers, values, strict=True)
    ]


def blocks(report: Report) -> list[Block]:
    """Return the polygons of the arena's buffers; step -1 writes the inputs, the last one reads the outputs."""
    memory, steps = report.memory, len(report.layers)
    top = max((b.offset + b.size_bytes for b in memory.buffers), default=0) or 1
    column, scale = WIDTH / (steps + 2), HEIGHT / top
    found: list[Block] = []
    for buffer in memory.buffers:
        if buffer.size_bytes:
            corners = [(time * column, HEIGHT - address * scale) for time, address in _corners(memory, buffer)]
            x, y = (_upright(memory, buffer) * column, HEIGHT - (buffer.offset + buffer.size_bytes) * scale)
            free = buffer.size_bytes * scale > LINE and all((b.x, b.y) != (round(x, 2), round(y, 2)) for b in found)
            found.append(Block(
                x=round(x, 2), y=round(y, 2), points=" ".join(f"{round(a, 2):g},{round(b, 2):g}" for a, b in corners),
                kind="input" if buffer.first_step < 0 else "output" if buffer.last_step >= steps else "inner",
                name=_shortened(buffer.name, (buffer.last_step + 2) * column - x) if free else "",
                tip=f"{buffer.name}: {buffer.size_bytes:,} bytes at offset {buffer.offset:,}, "
                    f"{_step(report, buffer.first_step)} to {_step(report, buffer.last_step)}"))
    return found


def _upright(memory: Memory, buffer: ArenaBuffer) -> int:
    """Return the first column in which a buffer has its whole height."""
    grows = any(b.last_step == buffer.first_step and _shared(buffer, [b]) for b in memory.buffers if b is not buffer)
    return buffer.first_step + (2 if grows and buffer.last_step > buffer.first_step else 1)


def _shortened(name: str, width: float) -> str:
    """Return as much of a name as a width has room for."""
    room = int((width - LETTER) / LETTER)
    return name if len(name) <= room else f"{name[:room - 1]}\u2026" if room > 3 else ""


def _corners(memory: Memory, buffer: ArenaBuffer) -> list[tuple[float, int]]:
    """Return (column, address) of the corners, from the lower left one on, counter-clockwise."""
    low, high = buffer.offset, buffer.offset + buffer.size_bytes
    start, end = buffer.first_step + 1, buffer.last_step + 2
    rises = _shared(buffer, [b for b in memory.buffers if b.first_step == buffer.last_step and b is not buffer])
    grows = _shared(buffer, [b for b in memory.buffers if b.last_step == buffer.first_step and b is not buffer])
    corners: list[tuple[float, int]] = [(start, low)]
    corners += [(end - 1, low), (end - 1, rises[0]), (end, rises[1])] if rises else [(end, low)]
    corners.append((end, high))
    corners += [(start + 1, high), (start + 1, grows[1]), (start, grows[0])] if grows else [(start, high)]
    return corners


def _shared(buffer: ArenaBuffer, others: Sequence[ArenaBuffer]) -> tuple[int, int] | None:
    """Return the first and last address that a buffer shares with any of the others; None when there is none."""
    pairs = [(max(buffer.offset, b.offset), min(buffer.offset + buffer.size_bytes, b.offset + b.size_bytes))
             for b in others]
    pairs = [(low, high) for low, high in pairs if low < high]
    return (min(low for low, _ in pairs), max(high for _, high in pairs)) if pairs else None


def peak_position(report: Report) -> tuple[float, float]:
    """Return x and width of the column of the step that sets the peak."""
    column = WIDTH / (len(report.layers) + 2)
    return round((report.memory.peak_step + 1) * column, 2), round(column, 2)


def peak_name(report: Report) -> str:
    """Return the layer that sets the peak."""
    return _step(report, report.memory.peak_step)


def _step(report: Report, index: int) -> str:
    if index < 0:
        return "the inputs' writing"
    return report.layers[index].name if index < len(report.layers) else "the outputs' reading"


SCATTER_WIDTH, SCATTER_HEIGHT = 420.0, 260.0
#: Left, right, top and bottom of the plotted area.
LEFT, RIGHT, TOP, BOTTOM = 64.0, 390.0, 32.0, 210.0
RADIUS = 5.0
LABEL_WIDTH, LABEL_HEIGHT = 14.0, 9.0


@dataclass(frozen=True)
class Dot:
    """A point of a scatter chart; ``label`` (lower left corner) is None where no place is left beside the point."""

    x: float
    y: float
    tip: str
    index: int
    within: bool
    beaten: bool
    label: tuple[float, float] | None


@dataclass(frozen=True)
class Scatter:
    """Points of a front against one resource, and the axes' ends."""

    label: str
    points: tuple[Dot, ...]
    low: str
    high: str
    bottom: str
    top: str


def scatter(points: Sequence[Mapping[str, Any]], key: str, label: str) -> Scatter:
    """Return the geometry of loss (downwards) against a resource (to the right)."""
    form = units.time if key == "latency_us" else lambda value: units.kib(int(value))
    xs, ys = [float(p[key]) for p in points], [float(p["drop"]) for p in points]
    at = list(zip(_spread(xs, LEFT, RIGHT), _spread(ys, TOP, BOTTOM), strict=True))
    dots = tuple(
        Dot(x, y, f"{p['folder']}: {form(p[key])}, loss {units.percent(p['drop'], 2)}", i, bool(p["within"]),
            p["beaten_by"] is not None, place)
        for i, ((x, y), place, p) in enumerate(zip(at, _labels(at), points, strict=True)))
    return Scatter(label, dots, form(min(xs)), form(max(xs)), units.percent(max(ys), 2), units.percent(min(ys), 2))


def _spread(values: Sequence[float], start: float, end: float) -> list[float]:
    """Return the values' places between two ends; all in the middle when they are equal."""
    low, high = min(values), max(values)
    return [round(start + (end - start) * ((v - low) / (high - low) if high > low else 0.5), 1) for v in values]


def _labels(at: Sequence[tuple[float, float]]) -> list[tuple[float, float] | None]:
    """Return a place for each point's label, at one of its four corners, that covers no point and no label."""
    taken = [(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS) for x, y in at]
    places: list[tuple[float, float] | None] = []
    for x, y in at:
        corners = [(u, v) for u in (x + RADIUS + 1, x - RADIUS - 1 - LABEL_WIDTH)
                   for v in (y - 2, y + LABEL_HEIGHT + 2)]
        free = [(u, v) for u, v in corners
                if not any(u < right and left < u + LABEL_WIDTH and v - LABEL_HEIGHT < bottom and top < v
                           for left, top, right, bottom in taken)]
        places.append(free[0] if free else None)
        taken += [(u, v - LABEL_HEIGHT, u + LABEL_WIDTH, v) for u, v in free[:1]]
    return places
