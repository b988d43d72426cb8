"""Packing of lifetimes into an arena: legal, within the bounds, exact where that can be checked by brute force."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from toolchain.plan.memory import Item, lower_bound
from toolchain.plan.overlap import Overlap, apart
from toolchain.plan.packing import greedy_by_size, place


@st.composite
def item_lists(draw: st.DrawFn, most: int = 14) -> list[Item]:
    count = draw(st.integers(0, most))
    items = []
    for index in range(count):
        first = draw(st.integers(0, 8))
        items.append(Item(f"i{index}", draw(st.integers(0, 40)), first, first + draw(st.integers(0, 5))))
    return items


def assert_legal(items: list[Item], offsets: dict[str, int], arena_bytes: int, align: int) -> None:
    for i, a in enumerate(items):
        assert offsets[a.name] % align == 0
        assert offsets[a.name] >= 0 and offsets[a.name] + a.size_bytes <= arena_bytes
        for b in items[i + 1:]:
            together = a.first <= b.last and b.first <= a.last
            apart = (offsets[a.name] + a.size_bytes <= offsets[b.name]
                     or offsets[b.name] + b.size_bytes <= offsets[a.name])
            assert not together or apart or not a.size_bytes or not b.size_bytes, (a, b, offsets)


@settings(max_examples=150, deadline=None)
@given(item_lists(), st.sampled_from([1, 4, 8, 16]))
def test_packing_is_legal_and_never_worse_than_greedy_by_size(items: list[Item], align: int) -> None:
    placement = place(items, [align])
    assert_legal(items, placement.offsets, placement.arena_bytes, align)
    assert lower_bound(items)[0] <= placement.arena_bytes <= greedy_by_size(items, align).arena_bytes


@settings(max_examples=60, deadline=None)
@given(item_lists(most=6), st.sampled_from([1, 4]))
def test_small_cases_are_as_small_as_brute_force(items: list[Item], align: int) -> None:
    """First fit finds an optimal packing for some order, so all orders together are the optimum."""
    placement = place(items, [align])
    assert placement.optimal
    assert placement.arena_bytes == min(_first_fit(items, order, align) for order in permutations(items))


def _first_fit(items: list[Item], order: tuple[Item, ...], align: int) -> int:
    placed: list[tuple[Item, int]] = []
    for item in order:
        rivals = [(o, o + i.size_bytes) for i, o in placed if i.first <= item.last and item.first <= i.last]
        offset = 0
        while any(low < offset + item.size_bytes and offset < high for low, high in rivals):
            offset += align
        placed.append((item, offset))
    return max((o + i.size_bytes for i, o in placed), default=0)


def test_greedy_by_size_is_beaten() -> None:
    """b and d, the largest, land on the floor; a then lies on b, and of c and e one fits below it, the other above."""
    items = [Item("a", 4, 1, 3), Item("b", 8, 3, 4), Item("c", 4, 1, 1), Item("d", 8, 0, 0), Item("e", 4, 0, 2)]
    placement = place(items, [4])
    assert greedy_by_size(items, 4).arena_bytes == 16
    assert placement.arena_bytes == lower_bound(items)[0] == 12
    assert_legal(items, placement.offsets, placement.arena_bytes, 4)


def test_alignment_is_the_widest_that_costs_nothing() -> None:
    wide = place([Item("a", 32, 0, 1), Item("b", 16, 0, 1)])
    assert (wide.align, wide.arena_bytes) == (16, 48)
    narrow = place([Item("a", 20, 0, 1), Item("b", 20, 0, 1)])
    assert (narrow.align, narrow.arena_bytes) == (4, 40)


def test_packing_is_deterministic() -> None:
    items = [Item(f"i{i}", 7 * i % 50 + 1, i % 9, i % 9 + i % 5) for i in range(40)]
    assert place(items) == place(items)


@st.composite
def chains(draw: st.DrawFn, most: int = 12) -> tuple[list[Item], dict[tuple[str, str], Overlap]]:
    """Return items of a chain, each dying where the next is born, others beside it, and overlaps along the chain."""
    count = draw(st.integers(2, most))
    items = [Item(f"c{i}", draw(st.integers(1, 40)), i, i + 1) for i in range(count)]
    for i in range(draw(st.integers(0, 3))):
        first = draw(st.integers(0, count))
        items.append(Item(f"o{i}", draw(st.integers(1, 20)), first, first + draw(st.integers(0, 3))))
    overlaps = {}
    for i in range(count - 1):
        size, other = items[i + 1].size_bytes, items[i].size_bytes
        above, below = draw(st.integers(-3, size)), draw(st.integers(-other, 3))
        exact = draw(st.lists(st.integers(-other, size), max_size=2))
        if draw(st.booleans()):
            overlaps[f"c{i + 1}", f"c{i}"] = Overlap(above, below, tuple(exact))
    return items, overlaps


def may_meet(items: list[Item], overlaps: dict[tuple[str, str], Overlap], offsets: dict[str, int]) -> None:
    for i, a in enumerate(items):
        for b in items[i + 1:]:
            if not (a.first <= b.last and b.first <= a.last):
                continue
            safe = overlaps.get((b.name, a.name), apart(b.size_bytes, a.size_bytes))
            assert safe.allows(offsets[a.name] - offsets[b.name]), (a, b, safe, offsets)


@settings(max_examples=150, deadline=None)
@given(chains(), st.sampled_from([1, 4, 16]))
def test_overlaps_are_safe_within_the_bounds_and_never_worse(
    case: tuple[list[Item], dict[tuple[str, str], Overlap]], align: int
) -> None:
    items, overlaps = case
    placement = place(items, [align], overlaps)
    may_meet(items, overlaps, placement.offsets)
    assert all(o >= 0 and o % align == 0 for o in placement.offsets.values())
    assert lower_bound(items, overlaps)[0] <= placement.arena_bytes <= place(items, [align]).arena_bytes


@settings(max_examples=60, deadline=None)
@given(chains(most=4))
def test_a_few_items_are_packed_as_small_as_brute_force(
    case: tuple[list[Item], dict[tuple[str, str], Overlap]]
) -> None:
    items, overlaps = [Item(i.name, min(i.size_bytes, 6), i.first, i.last) for i in case[0][:4]], {}
    for (o, i), safe in case[1].items():
        overlaps[o, i] = Overlap(min(safe.above, 6), max(safe.below, -6), safe.exact)
    placement = place(items, [1], overlaps)
    may_meet(items, overlaps, placement.offsets)
    assert placement.optimal
    assert placement.arena_bytes == _least(items, overlaps, placement.arena_bytes)


def _least(items: list[Item], overlaps: dict[tuple[str, str], Overlap], limit: int) -> int:
    """Return the least arena of all offsets below ``limit``: one item after another, everywhere that it may lie."""
    safe = {(a.name, b.name): overlaps.get((b.name, a.name), apart(b.size_bytes, a.size_bytes))
            for i, a in enumerate(items) for b in items[i + 1:] if a.first <= b.last and b.first <= a.last}

    def least(placed: dict[str, int], height: int, best: int) -> int:
        if len(placed) == len(items):
            return height
        item = items[len(placed)]
        meets = [(offset, safe[name, item.name]) for name, offset in placed.items() if (name, item.name) in safe]
        for offset in range(best - item.size_bytes):  # higher, and the arena would be no smaller
            if offset + item.size_bytes < best and all(pair.allows(other - offset) for other, pair in meets):
                best = least({**placed, item.name: offset}, max(height, offset + item.size_bytes), best)
        return best

    return least({}, 0, limit)
