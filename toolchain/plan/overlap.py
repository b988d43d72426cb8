"""How far an output may lie over an input that its step consumes: the safe distances, from the kernel's walk.

Units:  bytes; a distance is the address of the input minus the address of the output.
Source: Blacker, Bridges and Hadfield, "Diagonal Memory Optimisation for Machine Learning on Micro-controllers" (2020);
        here the distance is exact for the order in which each kernel reads and writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from toolchain.ir import Array
from toolchain.ops import Walk

#: Multiples of a walk's pitch that are tried as distances of their own.
MOST_MULTIPLES = 256


@dataclass(frozen=True)
class Overlap:
    """Distances from ``above`` up, from ``below`` down, and those in ``exact`` are safe; others are not.

    When every distance is safe, ``above`` <= ``below`` + 1.
    """

    above: int
    below: int
    exact: tuple[int, ...] = ()

    def allows(self, distance: int) -> bool:
        """Tell whether the input may lie ``distance`` bytes above the output."""
        return distance >= self.above or distance <= self.below or distance in self.exact

    def shifted(self, by: int) -> Overlap:
        """Return the same for a reference point ``by`` bytes further up in the input, or down in the output."""
        return Overlap(self.above + by, self.below + by, tuple(d + by for d in self.exact))


def apart(output_bytes: int, input_bytes: int) -> Overlap:
    """Return the distances at which the two do not share a byte."""
    return Overlap(output_bytes, -input_bytes)


def both(a: Overlap, b: Overlap) -> Overlap:
    """Return the distances that two conditions allow."""
    exact = tuple(d for d in dict.fromkeys((*a.exact, *b.exact)) if a.allows(d) and b.allows(d))
    return Overlap(max(a.above, b.above), min(a.below, b.below), exact)


def overlap(writes: Array, reads: Array, pitch: int = 0) -> Overlap:
    """Return the safe distances of an output with first writes ``writes`` from an input with last reads ``reads``.

    A byte b of the output destroys the byte b - distance of the input: too early where reads[b - distance] > writes[b].
    """
    if not writes.size or not reads.size:
        return Overlap(0, 0)
    lowest, highest = _needed_after(writes, reads)
    position = np.arange(writes.size)
    needed = highest >= 0
    if not needed.any():
        return Overlap(0, 0)
    above = int((position - lowest)[needed].max()) + 1
    below = int((position - highest)[needed].min()) - 1
    exact = tuple(_exact(writes, reads, pitch, above)) if pitch else ()
    return Overlap(above, below, exact)


def _needed_after(writes: Array, reads: Array) -> tuple[Array, Array]:
    """Return, per byte of the output, the lowest and highest byte of the input read after it is written; -1: none."""
    order = np.argsort(reads, kind="stable")
    rising = reads[order]
    lowest = np.minimum.accumulate(order[::-1])[::-1]
    highest = np.maximum.accumulate(order[::-1])[::-1]
    first_later = np.searchsorted(rising, writes, side="right")
    none = first_later == reads.size
    index = np.minimum(first_later, reads.size - 1)
    return np.where(none, -1, lowest[index]), np.where(none, -1, highest[index])


def _exact(writes: Array, reads: Array, pitch: int, above: int) -> Iterator[int]:
    """Yield the least safe multiple of the pitch below ``above``, and the least that every alignment divides."""
    multiples = range(0, above, pitch)[:MOST_MULTIPLES]
    first = next((m for m in multiples if _safe(writes, reads, m)), None)
    if first is None:
        return
    yield first
    if first % 16:
        aligned = next((m for m in multiples if m > first and m % 16 == 0 and _safe(writes, reads, m)), None)
        if aligned is not None:
            yield aligned


def _safe(writes: Array, reads: Array, distance: int) -> bool:
    """Tell whether one distance >= 0 is safe."""
    count = min(reads.size, writes.size - distance)
    return not (reads[:count] > writes[distance : distance + count]).any()


def overlaps(walk: Walk | None, output_bytes: int, input_bytes: tuple[int, ...]) -> tuple[Overlap, ...]:
    """Return, for each input of a call, the safe distances of its first output from it."""
    if walk is None:
        return tuple(apart(output_bytes, size) for size in input_bytes)
    if walk.writes.size and output_bytes % walk.writes.size == 0:
        walk = walk.of_bytes(output_bytes // walk.writes.size)
    if walk.writes.size != output_bytes or tuple(r.size for r in walk.reads) != input_bytes:
        raise AssertionError(f"walk of {walk.writes.size} bytes from {[r.size for r in walk.reads]} is not that of "
                             f"{output_bytes} bytes from {list(input_bytes)}")
    return tuple(overlap(walk.writes, reads, walk.pitch) for reads in walk.reads)
