"""Geometry of the report's charts: plain numbers that the template prints as SVG.

Units: viewBox units; the arena chart has time (steps) to the right and addresses upwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from toolchain.report import units
from toolchain.report.model import Layer, Report

WIDTH, HEIGHT = 1000.0, 300.0


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
    """One buffer's rectangle in the arena; ``kind`` is a colour class."""

    x: float
    y: float
    width: float
    height: float
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
    """Return the rectangles of the arena's buffers; step -1 writes the inputs, the last one reads the outputs."""
    memory, steps = report.memory, len(report.layers)
    top = max((b.offset + b.size_bytes for b in memory.buffers), default=0) or 1
    column = WIDTH / (steps + 2)
    found = []
    for buffer in memory.buffers:
        if not buffer.size_bytes:
            continue
        height = HEIGHT * buffer.size_bytes / top
        kind = "input" if buffer.first_step < 0 else "output" if buffer.last_step >= steps else "inner"
        found.append(
            Block(
                x=round((buffer.first_step + 1) * column, 2),
                y=round(HEIGHT - HEIGHT * (buffer.offset + buffer.size_bytes) / top, 2),
                width=round((buffer.last_step - buffer.first_step + 1) * column, 2),
                height=round(height, 2),
                kind=kind,
                name=buffer.name if height > 16 and (buffer.last_step - buffer.first_step + 1) * column > 70 else "",
                tip=f"{buffer.name}: {buffer.size_bytes:,} bytes at offset {buffer.offset:,}, "
                f"{_step(report, buffer.first_step)} to {_step(report, buffer.last_step)}",
            )
        )
    return found


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
