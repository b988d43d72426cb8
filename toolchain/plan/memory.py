"""What an arena has to hold: items with lifetimes, which outputs may lie over inputs, and the least memory that takes.

Buffers that live at the same time never share a byte, except that an output may lie over an input which its step
consumes, at a distance that is safe for the kernel (overlap.py).

Units:  bytes. Lifetimes are closed intervals of steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from toolchain.plan.overlap import Overlap


@dataclass(frozen=True)
class Item:
    """``size_bytes`` that are needed while steps ``first`` to ``last``, both included, run."""

    name: str
    size_bytes: int
    first: int
    last: int

    def overlaps(self, other: Item) -> bool:
        """Tell whether both live at the same step."""
        return self.first <= other.last and other.first <= self.last


#: (name of the output's item, name of the input's item) -> safe distances; the input dies where the output is born.
Overlaps: TypeAlias = Mapping[tuple[str, str], Overlap]


@dataclass(frozen=True)
class Placement:
    """Offset by item name; ``optimal`` when no packing at this alignment is smaller."""

    offsets: dict[str, int]
    arena_bytes: int
    align: int
    optimal: bool


def lower_bound(items: Sequence[Item], overlaps: Overlaps | None = None) -> tuple[int, int]:
    """Return the most bytes that must exist at one step, and the first such step; (0, 0) without items."""
    needs = bytes_at_steps(items, overlaps or {})
    if not needs:
        return 0, 0
    peak = max(needs.values())
    return peak, min(step for step, size in needs.items() if size == peak)


def bytes_at_steps(items: Sequence[Item], overlaps: Overlaps, align: int = 1) -> dict[int, int]:
    """Return, by step, a number of bytes that no packing goes below: what lives there less what may be shared."""
    found = {}
    for step in {i.first for i in items}:
        live = {i.name: i.size_bytes for i in items if i.first <= step <= i.last}
        shared = sum(saving(live[o], live[i], overlap, align) for (o, i), overlap in overlaps.items()
                     if o in live and i in live)
        padding = [rounded_up(size, align) - size for size in live.values()]
        found[step] = sum(live.values()) - shared + (0 if shared else sum(padding) - max(padding))
    return found


def saving(output_bytes: int, input_bytes: int, overlap: Overlap, align: int = 1) -> int:
    """Return the most bytes that an output and an input can share when offsets are multiples of ``align``."""
    low, high = sorted((0, output_bytes - input_bytes))  # between these distances one lies inside the other
    distances = [max(rounded_up(overlap.above, align), rounded_up(low, align)),
                 min(overlap.below // align * align, high // align * align),
                 *(d for d in overlap.exact if d % align == 0)]
    return max(_shared(output_bytes, input_bytes, d) for d in distances)


def _shared(output_bytes: int, input_bytes: int, distance: int) -> int:
    """Return the bytes in both when the input lies ``distance`` above the output."""
    return max(0, min(output_bytes, distance + input_bytes) - max(0, distance))


def rounded_up(value: int, align: int) -> int:
    """Return the least multiple of ``align`` that is not below ``value``."""
    return -(-value // align) * align
