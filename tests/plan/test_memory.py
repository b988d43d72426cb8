"""Packing of lifetimes into an arena: legal, within the bounds, exact where that can be checked by brute force."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from toolchain.plan.memory import Item, lower_bound
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
