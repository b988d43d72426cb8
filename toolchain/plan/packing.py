"""Arena planning: items -> offsets. The best of several first-fit orders, improved by hill climbing.

Exact by branch and bound where the items are few. Never worse than without overlaps; it stops at the lower bound.

Source: Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference" (2020), greedy by size.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from toolchain.plan.memory import Item, Overlaps, Placement, bytes_at_steps, rounded_up
from toolchain.plan.overlap import Overlap, apart

#: Alignments of a buffer that are tried, the widest first: kernels need 4, wide loads and DMA like more.
ALIGNMENTS = (16, 8, 4)
EXACT_ITEMS = 64
EXACT_NODES = 5_000
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
        optimal = complete or packing.height(best) <= bound
    return packing.result(best, optimal)


#: The second item lies at least so many bytes above the first; negative: at most so many below it.
_Distance: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True)
class _Rival:
    """Another item that lives at the same step: counted from its offset, up to ``below`` and from ``above`` is free."""

    index: int
    below: int
    above: int
    exact: tuple[int, ...]

    def allows(self, distance: int) -> bool:
        """Tell whether an item may lie ``distance`` above the rival."""
        return distance >= self.above or distance <= self.below or distance in self.exact


@dataclass(frozen=True)
class _Partial:
    """Distances that were chosen, by the lower item, and the lowest offsets that keep them."""

    offsets: tuple[int, ...]
    chosen: tuple[tuple[_Distance, ...], ...]


class Packing:
    """Items by index, with the lists of items that live together."""

    def __init__(self, items: Sequence[Item], overlaps: Overlaps, align: int) -> None:
        self.items, self.overlaps, self.align = items, overlaps, align
        self.sizes = [item.size_bytes for item in items]
        self.rivals = [[rival for j in range(len(items)) if j != i and items[j].overlaps(items[i])
                        for rival in self._rival(i, j, overlaps)] for i in range(len(items))]
        self.with_exact = {i for i, rivals in enumerate(self.rivals) if any(r.exact for r in rivals)}

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
        offsets = self._first_fit(order, math.inf)
        assert offsets is not None
        return offsets

    def _first_fit(self, order: Sequence[int], limit: float) -> list[int] | None:
        """Return what ``first_fit`` does; None as soon as an item ends above ``limit``."""
        offsets: list[int] = [-1] * len(self.sizes)
        for i in order:
            placed = [(at, r) for r in self.rivals[i] if (at := offsets[r.index]) >= 0]
            offset = self._lowest_exact(placed) if i in self.with_exact else self._lowest(placed)
            if offset + self.sizes[i] > limit:
                return None
            offsets[i] = offset
        return offsets

    def _lowest(self, placed: Sequence[tuple[int, _Rival]]) -> int:
        """Return the lowest offset out of all rivals' ways: from the lowest up, over each that is still in the way."""
        offset, align = 0, self.align
        for low, high in sorted((at + r.below, at + r.above) for at, r in placed):
            if offset <= low:
                break
            if offset < high:
                offset = -(-high // align) * align
        return offset

    def _lowest_exact(self, placed: Sequence[tuple[int, _Rival]]) -> int:
        """Return the lowest offset; rivals may allow single distances inside what they block."""
        starts = {0, *(rounded_up(max(0, at + r.above), self.align) for at, r in placed),
                  *(at + e for at, r in placed for e in r.exact if at + e >= 0)}
        return next(o for o in sorted(starts) if all(r.allows(o - at) for at, r in placed))

    def climb(self, order: list[int], best: list[int], bound: int) -> list[int]:
        """Return the best offsets seen while the order is changed; deterministic.

        Pairs are swapped, or an item that reaches the top, or one that lives beside it, is placed earlier.
        """
        rng = random.Random(0)
        order, height = list(order), self.height(best)
        for attempt in range(CLIMB_ITEMS // len(order) if len(order) > 1 else 0):
            changed = self._promoted(order, best, rng) if attempt % 2 else self._swapped(order, rng)
            if (offsets := self._first_fit(changed, height)) is not None:
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

        Distances that were chosen give a lowest packing. Where two items are still in each other's way in it, each way
        to keep them apart is tried in turn, the one that stays lowest first.
        """
        height, sizes = self.height(best), self.sizes
        pairs = sorted(((i, r) for i, rivals in enumerate(self.rivals) for r in rivals if r.index < i),
                       key=lambda pair: -sizes[pair[0]] - sizes[pair[1].index])
        stack = [_Partial((0,) * len(sizes), ((),) * len(sizes))]
        for _ in range(EXACT_NODES):
            if not stack:
                return best, True
            part = stack.pop()
            if self.height(part.offsets) >= height:
                continue
            clash = next(((i, r) for i, r in pairs if not r.allows(part.offsets[i] - part.offsets[r.index])), None)
            if clash is None:
                best, height = list(part.offsets), self.height(part.offsets)
                if height <= bound:
                    return best, True
                continue
            found = [self._raised(part, way, height) for way in self._ways(*clash)]
            stack.extend(sorted((f for f in found if f is not None), key=lambda f: -self.height(f.offsets)))
        return best, not stack

    def _ways(self, i: int, rival: _Rival) -> Iterator[tuple[_Distance, ...]]:
        """Yield the ways to keep an item and a rival apart."""
        j = rival.index
        yield ((j, i, rounded_up(rival.above, self.align)),)
        yield ((i, j, rounded_up(-rival.below, self.align)),)
        yield from (((j, i, e), (i, j, -e)) for e in rival.exact)

    def _raised(self, part: _Partial, way: tuple[_Distance, ...], height: int) -> _Partial | None:
        """Return the lowest packing with these distances too; None when it is not below ``height``."""
        offsets, chosen, todo = list(part.offsets), list(part.chosen), list(way)
        for distance in way:
            chosen[distance[0]] = (*chosen[distance[0]], distance)
        while todo:
            low, high, least = todo.pop()
            if offsets[low] + least > offsets[high]:
                offsets[high] = offsets[low] + least
                if offsets[high] + self.sizes[high] >= height:  # distances that go in a circle end here, too
                    return None
                todo += chosen[high]
        return _Partial(tuple(offsets), tuple(chosen))
