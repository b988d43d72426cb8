"""Two reports side by side, and whether the second is worse by more than a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from toolchain.report import units
from toolchain.report.model import Report


@dataclass(frozen=True)
class Difference:
    """One figure in both reports; ``change`` is relative, for accuracies absolute; ``worse`` beyond the threshold."""

    quantity: str
    before: float | None
    after: float | None
    change: float | None
    worse: bool


def compare(before: Report, after: Report, thresholds: Mapping[str, float]) -> list[Difference]:
    """Return the figures that matter.

    ``thresholds`` maps flash, ram, latency, accuracy to the accepted loss, a fraction; a quantity without one is never
    ``worse``. Layers that both reports have are compared by cycles.
    """
    lower = after.accuracy.metric == "mse"
    rows = [
        _relative("flash", before.size.flash_bytes, after.size.flash_bytes, thresholds.get("flash")),
        _relative("ram", before.size.ram_bytes, after.size.ram_bytes, thresholds.get("ram")),
        _relative("arena", before.size.arena_bytes, after.size.arena_bytes, None),
        _relative("cycles", before.speed.cycles, after.speed.cycles, None),
        _relative("latency", before.speed.latency_us, after.speed.latency_us, thresholds.get("latency")),
        _accuracy(before.accuracy.compressed, after.accuracy.compressed, lower, thresholds.get("accuracy")),
    ]
    known = {layer.name: layer.cycles for layer in before.layers}
    rows += [
        _relative(f"layer {layer.name}", known[layer.name], layer.cycles, None)
        for layer in after.layers
        if layer.name in known and layer.cycles != known[layer.name]
    ]
    return rows


def format_comparison(rows: list[Difference], metric: str) -> str:
    """Return the rows as aligned text, marked where a threshold is broken."""
    cells = [("", "before", "after", "change")]
    for row in rows:
        change = "-" if row.change is None else f"{row.change * 100:+.1f} %"
        before, after = (_show(row.quantity, value, metric) for value in (row.before, row.after))
        cells.append((row.quantity, before, after, change + ("  WORSE" if row.worse else "")))
    widths = [max(len(c[i]) for c in cells) for i in range(3)]
    return "".join(f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}  {d}".rstrip() + "\n" for a, b, c, d in cells)


def _show(quantity: str, value: float | None, metric: str) -> str:
    if value is None:
        return "-"
    if quantity in ("flash", "ram", "arena"):
        return units.kib(int(value))
    if quantity == "latency":
        return units.time(value)
    return units.score(metric, value) if quantity == "accuracy" else f"{int(value):,}"


def _relative(quantity: str, before: float | None, after: float | None, threshold: float | None) -> Difference:
    change = None if before is None or after is None or not before else after / before - 1
    return Difference(quantity, before, after, change, _worse(change, threshold))


def _accuracy(before: float | None, after: float | None, lower_is_better: bool, threshold: float | None) -> Difference:
    """An error (mse) changes relatively; a score by its difference, a loss of which is what counts."""
    if lower_is_better:
        return _relative("accuracy", before, after, threshold)
    change = None if before is None or after is None else after - before
    return Difference("accuracy", before, after, change, _worse(None if change is None else -change, threshold))


def _worse(loss: float | None, threshold: float | None) -> bool:
    return threshold is not None and (loss is None or loss > threshold + 1e-12)
