"""Rows against those of a baseline: what grew by more than the tolerance."""

from __future__ import annotations

from dataclasses import dataclass

from toolchain.bench.rows import Bench, Row

TOLERANCE = 0.02


@dataclass(frozen=True)
class Change:
    """A figure of one row that differs from the baseline's; ``worse`` when it grew by more than the tolerance."""

    row: str
    figure: str
    before: int
    after: int | None

    @property
    def worse(self) -> bool:
        """Tell whether it counts as a regression; a figure that is not measured any more does."""
        return self.after is None or self.after > self.before * (1 + TOLERANCE)

    def __str__(self) -> str:
        if self.after is None:
            return f"{self.row}: {self.figure} {self.before:,} -> not measured"
        change = f"{100 * (self.after / self.before - 1):+.1f} %" if self.before else "from none"
        return f"{self.row}: {self.figure} {self.before:,} -> {self.after:,} ({change})"


def changes(baseline: Bench, now: Bench) -> list[Change]:
    """Return every figure that differs, of the rows that both have; a row of one of them alone is no change."""
    before = {row.key: row for row in baseline.rows}
    return [change for row in now.rows if row.key in before for change in _of_row(before[row.key], row)]


def compared(baseline: Bench, now: Bench) -> int:
    """Return how many rows both have."""
    return len({row.key for row in baseline.rows} & {row.key for row in now.rows})


def _of_row(before: Row, after: Row) -> list[Change]:
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in before.FIGURES)
    return [Change(after.key, name, old, new) for name, old, new in pairs if old is not None and old != new]
