"""Arena planning: lifetimes -> offsets, so that buffers that live at the same time never overlap.

The packing is the best of several first-fit orders, improved by hill climbing, and exact by branch and bound where the
buffers are few. It is never worse than greedy-by-size, and it stops as soon as the lower bound is reached.

Units:  bytes. Lifetimes are closed intervals of steps.
Source: Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference" (2020), greedy by size.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: Alignments of a buffer that are tried, the widest first: kernels need 4, wide loads and DMA like more.
ALIGNMENTS = (16, 8, 4)
EXACT_ITEMS = 24
EXACT_NODES = 20_000
#: Items placed while climbing.
CLIMB_ITEMS = 20_000


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


@dataclass(frozen=True)
class Placement:
    """Offset by item name; ``optimal`` when no packing at this alignment is smaller."""

    offsets: dict[str, int]
    arena_bytes: int
    align: int
    optimal: bool


def lower_bound(items: Sequence[Item]) -> tuple[int, int]:
    """Return the most bytes that live at one step, and the first such step; (0, 0) without items."""
    live = {step: sum(i.size_bytes for i in items if i.first <= step <= i.last) for step in {i.first for i in items}}
    if not live:
        return 0, 0
    peak = max(live.values())
    return peak, min(step for step, size in live.items() if size == peak)


def place(items: Sequence[Item], aligns: Sequence[int] = ALIGNMENTS) -> Placement:
    """Return the smallest packing found, at the widest alignment that does not make the arena larger."""
    best: Placement | None = None
    for align in aligns:
        packing = _Packing(items, align)
        if best is None or packing.bound < best.arena_bytes:
            placement = _pack(packing)
            best = placement if best is None or placement.arena_bytes < best.arena_bytes else best
    assert best is not None
    return best


def greedy_by_size(items: Sequence[Item], align: int) -> Placement:
    """Return the packing of the plain greedy algorithm: largest first, each at the lowest free offset."""
    packing = _Packing(items, align)
    order = sorted(range(len(items)), key=lambda i: (-items[i].size_bytes, i))
    return packing.result(packing.first_fit(order), optimal=False)


def _pack(packing: _Packing) -> Placement:
    best: list[int] = []
    best_order: list[int] = []
    for order in packing.orders():
        offsets = packing.first_fit(order)
        if not best_order or packing.height(offsets) < packing.height(best):
            best, best_order = offsets, order
        if packing.height(best) <= packing.bound:
            return packing.result(best, optimal=True)
    best = packing.climb(best_order, best)
    optimal = packing.height(best) <= packing.bound
    if not optimal and len(packing.items) <= EXACT_ITEMS:
        best, optimal = packing.exact(best)
    return packing.result(best, optimal)


@dataclass(frozen=True)
class _Partial:
    """A packing in the making: offsets (-1: not placed), lowest offset of each item, the last item and its offset."""

    offsets: tuple[int, ...]
    floor: tuple[int, ...]
    offset: int
    index: int


class _Packing:
    """Items by index, with the lists of items that live together."""

    def __init__(self, items: Sequence[Item], align: int) -> None:
        self.items, self.align = items, align
        self.sizes = [item.size_bytes for item in items]
        self.rivals = [[j for j, other in enumerate(items) if j != i and item.overlaps(other)]
                       for i, item in enumerate(items)]
        self.bound = max((self._stacked(item.first) for item in items), default=0)

    def result(self, offsets: Sequence[int], optimal: bool) -> Placement:
        named = {item.name: offset for item, offset in zip(self.items, offsets, strict=True)}
        return Placement(named, self.height(offsets), self.align, optimal)

    def height(self, offsets: Sequence[int]) -> int:
        return max((o + s for o, s in zip(offsets, self.sizes, strict=True)), default=0)

    def aligned(self, offset: int) -> int:
        return -(-offset // self.align) * self.align

    def _stacked(self, step: int) -> int:
        """Return the least height of what lives at a step: all but the topmost are followed by their padding."""
        sizes = [item.size_bytes for item in self.items if item.first <= step <= item.last]
        padding = [self.aligned(size) - size for size in sizes]
        return sum(sizes) + sum(padding) - max(padding)

    def orders(self) -> Iterator[list[int]]:
        """Yield the heuristic orders; greedy by size is the first."""
        items = self.items
        span = [item.last - item.first + 1 for item in items]
        keys = [lambda i: (-items[i].size_bytes, i),
                lambda i: (items[i].first, -items[i].size_bytes, i),
                lambda i: (-items[i].last, -items[i].size_bytes, i),
                lambda i: (-span[i], -items[i].size_bytes, i),
                lambda i: (-span[i] * items[i].size_bytes, i),
                lambda i: (-sum(self.sizes[j] for j in self.rivals[i]) - self.sizes[i], i)]
        return (sorted(range(len(items)), key=key) for key in keys)

    def first_fit(self, order: Sequence[int]) -> list[int]:
        """Return the offsets when each item in turn takes the lowest gap that holds it."""
        offsets: list[int] = [-1] * len(self.sizes)
        for i in order:
            offset = 0
            placed = [j for j in self.rivals[i] if offsets[j] >= 0]
            for low, high in sorted((offsets[j], offsets[j] + self.sizes[j]) for j in placed):
                if low - offset >= self.sizes[i]:
                    break
                offset = max(offset, self.aligned(high))
            offsets[i] = offset
        return offsets

    def climb(self, order: list[int], best: list[int]) -> list[int]:
        """Return the best offsets seen while pairs of the order are swapped; deterministic."""
        rng = random.Random(0)
        order, height = list(order), self.height(best)
        for _ in range(CLIMB_ITEMS // len(order) if len(order) > 1 else 0):
            i, j = rng.sample(range(len(order)), 2)
            order[i], order[j] = order[j], order[i]
            offsets = self.first_fit(order)
            if self.height(offsets) <= height:
                best, height = offsets, self.height(offsets)
                if height <= self.bound:
                    break
            else:
                order[i], order[j] = order[j], order[i]
        return best

    def exact(self, best: list[int]) -> tuple[list[int], bool]:
        """Return the best offsets and whether the search was complete.

        In a packing pushed down as far as it goes each item rests on the floor or on an item that lives with it. So it
        suffices to place items in order of rising offsets, each on the highest of its rivals placed so far; items of
        equal offset in order of their index.
        """
        count, height = len(self.sizes), self.height(best)
        stack = [_Partial((-1,) * count, (0,) * count, 0, -1)]
        for _ in range(EXACT_NODES):
            if not stack:
                return best, True
            part = stack.pop()
            left = [i for i in range(count) if part.offsets[i] < 0]
            if any(max(part.floor[i], part.offset) + self.sizes[i] >= height for i in left):
                continue
            if left:
                ready = [i for i in left if (part.floor[i], i) > (part.offset, part.index)]
                stack.extend(self._put(part, i) for i in reversed(ready))
            elif self.height(part.offsets) < height:
                best, height = list(part.offsets), self.height(part.offsets)
                if height <= self.bound:
                    return best, True
        return best, not stack

    def _put(self, part: _Partial, i: int) -> _Partial:
        """Return the partial packing with item ``i`` on top of its rivals."""
        offsets, floor = list(part.offsets), list(part.floor)
        offsets[i] = floor[i]
        top = self.aligned(floor[i] + self.sizes[i])
        for j in self.rivals[i]:
            floor[j] = max(floor[j], top)
        return _Partial(tuple(offsets), tuple(floor), offsets[i], i)
