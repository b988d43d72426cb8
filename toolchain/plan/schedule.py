"""Execution order: the topological order with the smallest peak of live bytes.

Level by level over the sets of calls that have run (the antichains of the graph): for each set only the cheapest way
to reach it is kept, because what lives after it depends on the set alone. Exact while no level has more sets than its
share of ``STATES``, a beam search beyond that. The given order is kept unless another one is better.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from toolchain.plan.memory import saving
from toolchain.plan.overlap import Overlap, both
from toolchain.plan.select import Call
from toolchain.plan.storage import Storage, in_place_root

#: Sets that the search may keep, over all levels.
STATES = 20_000


@dataclass(frozen=True)
class _State:
    """The calls run so far (bit mask), in order, and the roots that live after them."""

    done: int
    order: tuple[int, ...]
    live: frozenset[str]
    peak: int
    live_bytes: int


class _Search:
    def __init__(self, calls: Sequence[Call], storage: Storage) -> None:
        self.calls, self.storage = calls, storage
        self.reads = [frozenset(storage.root[n] for n in call.inputs) for call in calls]
        self.shared = [self._savings(call) for call in calls]
        writer = {name: i for i, call in enumerate(calls) for name in call.outputs}
        self.needs = [sum(1 << i for i in {writer[root] for root in reads if root in writer}) for reads in self.reads]
        self.readers: dict[str, int] = {}
        for i, reads in enumerate(self.reads):
            for root in reads:
                self.readers[root] = self.readers.get(root, 0) | 1 << i

    def start(self) -> _State:
        live = frozenset(self.storage.inputs)
        size = self._size(live)
        used = frozenset(r for r in live if r in self.readers or r in self.storage.pinned)
        return _State(0, (), used, size, self._size(used))

    def ready(self, state: _State) -> Iterable[int]:
        return (i for i, needs in enumerate(self.needs) if not state.done >> i & 1 and needs & ~state.done == 0)

    def after(self, state: _State, index: int) -> _State:
        """Return the state once this call has run."""
        call, done = self.calls[index], state.done | 1 << index
        dying = {r for r in self.reads[index] if r not in self.storage.pinned and self.readers[r] & ~done == 0}
        reused = in_place_root(call, self.storage, dying)
        during = state.live_bytes + self._size(call.outputs) + call.scratch_bytes
        during -= self.storage.size_bytes[reused] if reused else sum(self.shared[index].get(r, 0) for r in dying)
        kept = {n for n in call.outputs if n in self.readers or n in self.storage.pinned}
        live = (state.live - dying) | kept
        return _State(done, (*state.order, index), live, max(state.peak, during), self._size(live))

    def floor(self) -> int:
        """Return a peak that no order can go below: the most that one call needs by itself."""
        return max((self.after(self._alone(i), i).peak for i in range(len(self.calls))), default=0)

    def _alone(self, index: int) -> _State:
        """Return the best case before a call: all others that could free its inputs have run, nothing else lives."""
        live = self.reads[index]
        return _State(~(1 << index), (), live, 0, self._size(live))

    def _savings(self, call: Call) -> dict[str, int]:
        """Return the bytes that the first output may share with each root that dies with this call."""
        known: dict[str, Overlap] = {}
        for name, overlap in zip(call.inputs, call.overlaps, strict=False):
            root = self.storage.root[name]
            known[root] = both(known[root], overlap) if root in known else overlap
        size = self.storage.size_bytes
        return {root: saving(size[call.outputs[0]], size[root], overlap) for root, overlap in known.items()}

    def _size(self, roots: Iterable[str]) -> int:
        return sum(self.storage.size_bytes[r] for r in roots)


def schedule(calls: Sequence[Call], storage: Storage) -> list[Call]:
    """Return the calls in the order of least peak memory found; the given order when none is better."""
    search = _Search(calls, storage)
    given = search.start()
    for index in range(len(calls)):
        given = search.after(given, index)
    if len(calls) < 2 or given.peak == search.floor():
        return list(calls)
    level, width = [search.start()], max(32, STATES // len(calls))
    for _ in calls:
        found: dict[int, _State] = {}
        for state in level:
            for index in search.ready(state):
                new = search.after(state, index)
                known = found.get(new.done)
                if known is None or (new.peak, new.order) < (known.peak, known.order):
                    found[new.done] = new
        level = sorted(found.values(), key=lambda s: (s.peak, s.live_bytes, s.order))[:width]
    best = level[0]
    return [calls[i] for i in (best.order if best.peak < given.peak else given.order)]
