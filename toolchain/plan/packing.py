"""Arena planning: items -> offsets. The best of several first-fit orders, improved by hill climbing.

Exact by branch and bound where the items are few. Never worse than without overlaps; it stops at the lower bound.

Source: Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference" (2020), greedy by size.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from toolchain.plan.memory import Item, Overlaps, Placement, bytes_at_steps, rounded_up
from toolchain.plan.overlap import Overlap, apart

#: Alignments of a buffer that are tried, the widest first: kernels need 4, wide loads and DMA like more.
ALIGNMENTS = (16, 8, 4)
EXACT_ITEMS = 24
EXACT_NODES = 20_000
#: Items placed while climbing.
CLIMB_ITEMS = 20_000


def place(items: Sequence[Item], aligns: Iterable[int] = ALIGNMENTS, overlaps: Overlaps | None = None) -> Placement:
    """Return the smallest packing found, at the widest alignment that does not make the arena larger."""
    best: Placement | None = None
    for align in aligns:
        for allowed in (overlaps, {}) if overlaps else ({},):
            bound = max(bytes_at_steps(items, allowed, align).values(), default=0)
            if best is None or bound < best.arena_bytes:
                placement = _pack(Packing(items, allowed, align), bound)
                best = placement if best is None or placement.arena_bytes < best.arena_bytes else best
    assert best is not None
    return best


def greedy_by_size(items: Sequence[Item], align: int) -> Placement:
    """Return the packing of the plain greedy algorithm: largest first, each at the lowest free offset."""
    packing = Packing(items, {}, align)
    order = sorted(range(len(items)), key=lambda i: (-items[i].size_bytes, i))
    return packing.result(packing.first_fit(order), optimal=False)


def _pack(packing: Packing, bound: int) -> Placement:
    best: list[int] = []
    best_order: list[int] = []
    for order, offsets in packing.attempts():
        if not best_order or packing.height(offsets) < packing.height(best):
            best, best_order = offsets, order
        if packing.height(best) <= bound:
            return packing.result(best, optimal=True)
    best = packing.climb(best_order, best, bound)
    optimal = packing.height(best) <= bound
    if not optimal and len(packing.items) <= EXACT_ITEMS:
        best, complete = packing.exact(best, bound)
        optimal = packing.height(best) <= bound or (complete and packing.stackable)
    return packing.result(best, optimal)


@dataclass(frozen=True)
class _Rival:
    """Another item that lives at the same step: counted from its offset, up to ``below`` and from ``above`` is free."""

    index: int
    below: int
    above: int
    exact: tuple[int, ...]


@dataclass(frozen=True)
class _Partial:
    """A packing in the making: offsets (-1: not placed), lowest offset of each item, the last item and its offset."""

    offsets: tuple[int, ...]
    floor: tuple[int, ...]
    offset: int
    index: int


class Packing:
    """Items by index, with the lists of items that live together.

    ``stackable``: items stand apart, or one above the other at a distance >= 0; then ``exact`` searches everything.
    """

    def __init__(self, items: Sequence[Item], overlaps: Overlaps, align: int) -> None:
        self.items, self.overlaps, self.align = items, overlaps, align
        self.sizes = [item.size_bytes for item in items]
        self.rivals = [[rival for j in range(len(items)) if j != i and items[j].overlaps(items[i])
                        for rival in self._rival(i, j, overlaps)] for i in range(len(items))]
        self.stackable = all(r.above >= 0 and r.below <= 0 and not r.exact for rivals in self.rivals for r in rivals)

    def _rival(self, i: int, j: int, overlaps: Overlaps) -> Iterator[_Rival]:
        """Yield how item ``i`` has to keep away from ``j``; nothing when it need not."""
        me, other = self.items[i].name, self.items[j].name
        if (other, me) in overlaps:  # this is the input
            o = overlaps[other, me]
        elif (me, other) in overlaps:
            d = overlaps[me, other]
            o = Overlap(-d.below, -d.above, tuple(-e for e in d.exact))
        else:
            o = apart(self.sizes[j], self.sizes[i])
        if o.above > o.below + 1:
            yield _Rival(j, o.below, o.above, tuple(e for e in o.exact if e % self.align == 0))

    def result(self, offsets: Sequence[int], optimal: bool) -> Placement:
        """Return the offsets by name."""
        named = {item.name: offset for item, offset in zip(self.items, offsets, strict=True)}
        return Placement(named, self.height(offsets), self.align, optimal)

    def height(self, offsets: Sequence[int]) -> int:
        """Return the bytes of the arena."""
        return max((o + s for o, s in zip(offsets, self.sizes, strict=True)), default=0)

    def attempts(self) -> Iterator[tuple[list[int], list[int]]]:
        """Yield (order, offsets) by first fit; where items overlap also with those first that had reached the top."""
        for order in self.orders():
            offsets = self.first_fit(order)
            yield order, offsets
            for _ in self.items if self.overlaps else ():
                height = self.height(offsets)
                top = next(i for i in order if offsets[i] + self.sizes[i] == height)
                if top == order[0]:
                    break
                order = [top, *(i for i in order if i != top)]
                offsets = self.first_fit(order)
                yield order, offsets

    def orders(self) -> Iterator[list[int]]:
        """Yield the heuristic orders; greedy by size is the first."""
        items = self.items
        span = [item.last - item.first + 1 for item in items]
        needs = bytes_at_steps(items, self.overlaps)
        worst = [max(needs.get(step, 0) for step in range(item.first, item.last + 1)) for item in items]
        keys = [lambda i: (-items[i].size_bytes, i),
                lambda i: (items[i].first, -items[i].size_bytes, i),
                lambda i: (-items[i].last, -items[i].size_bytes, i),
                lambda i: (-span[i], -items[i].size_bytes, i),
                lambda i: (-span[i] * items[i].size_bytes, i),
                lambda i: (-sum(self.sizes[r.index] for r in self.rivals[i]) - self.sizes[i], i),
                lambda i: (-worst[i], -items[i].first, i)]
        return (sorted(range(len(items)), key=key) for key in keys)

    def first_fit(self, order: Sequence[int]) -> list[int]:
        """Return the offsets when each item in turn takes the lowest one that is free."""
        offsets: list[int] = [-1] * len(self.sizes)
        for i in order:
            placed = [(offsets[r.index], r) for r in self.rivals[i] if offsets[r.index] >= 0]
            starts = {0, *(rounded_up(max(0, at + r.above), self.align) for at, r in placed),
                      *(at + e for at, r in placed for e in r.exact if at + e >= 0)}
            offsets[i] = next(o for o in sorted(starts)
                              if all(o >= at + r.above or o <= at + r.below or o - at in r.exact for at, r in placed))
        return offsets

    def climb(self, order: list[int], best: list[int], bound: int) -> list[int]:
        """Return the best offsets seen while the order is changed; deterministic.

        Pairs are swapped, or an item that reaches the top, or one that lives beside it, is placed earlier.
        """
        rng = random.Random(0)
        order, height = list(order), self.height(best)
        for attempt in range(CLIMB_ITEMS // len(order) if len(order) > 1 else 0):
            changed = self._promoted(order, best, rng) if attempt % 2 else self._swapped(order, rng)
            offsets = self.first_fit(changed)
            if self.height(offsets) <= height:
                order, best, height = changed, offsets, self.height(offsets)
                if height <= bound:
                    break
        return best

    def _swapped(self, order: Sequence[int], rng: random.Random) -> list[int]:
        i, j = rng.sample(range(len(order)), 2)
        changed = list(order)
        changed[i], changed[j] = changed[j], changed[i]
        return changed

    def _promoted(self, order: Sequence[int], offsets: Sequence[int], rng: random.Random) -> list[int]:
        height = self.height(offsets)
        top = rng.choice([i for i, size in enumerate(self.sizes) if offsets[i] + size == height])
        chosen = rng.choice([top, top, *(r.index for r in self.rivals[top])])
        changed = [i for i in order if i != chosen]
        changed.insert(rng.randrange(order.index(chosen) + 1), chosen)
        return changed

    def exact(self, best: list[int], bound: int) -> tuple[list[int], bool]:
        """Return the best offsets and whether the search was complete.

        In a packing pushed down as far as it goes each item rests on the floor or on an item that lives with it. So it
        suffices to place items in order of rising offsets, each on the highest of its rivals placed so far; items of
        equal offset in order of their index, unless they may overlap.
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
                ready = [i for i in left if part.floor[i] > part.offset
                         or (part.floor[i] == part.offset and (i > part.index or self._tied(i, part.index)))]
                stack.extend(self._put(part, i) for i in reversed(ready))
            elif self.height(part.offsets) < height:
                best, height = list(part.offsets), self.height(part.offsets)
                if height <= bound:
                    return best, True
        return best, not stack

    def _tied(self, i: int, j: int) -> bool:
        """Tell whether item ``i`` may lie at the offset of ``j`` only when it is placed after it."""
        return any(r.above <= 0 < self.sizes[i] for r in self.rivals[i] if r.index == j)

    def _put(self, part: _Partial, i: int) -> _Partial:
        """Return the partial packing with item ``i`` on top of its rivals."""
        offsets, floor = list(part.offsets), list(part.floor)
        offsets[i] = floor[i]
        for rival in self.rivals[i]:
            top = rounded_up(floor[i] - rival.below, self.align)
            floor[rival.index] = max(floor[rival.index], top)
        return _Partial(tuple(offsets), tuple(floor), offsets[i], i)
