"""Which steps are streamed: groups are formed around the step that sets the peak as long as that lowers it.

Units:  bytes; cycles are rough estimates, good for telling a cost of one per cent from one of ten.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from toolchain.ir import Graph
from toolchain.plan.memory import lower_bound
from toolchain.plan.rows import Layer
from toolchain.plan.select import Call, Objective
from toolchain.plan.storage import Storage, items, lifetimes, shared
from toolchain.plan.strips import Group, Member, closed, group, paces

#: Rows in a strip that are tried, of the member that sets the pace.
ROWS = (1, 2, 4)
#: Most calls of a group, and most rounds of the search.
MOST_CALLS, MOST_ROUNDS = 16, 12
#: Part of an inference that streaming may cost where latency is what is to be small and the memory suffices.
LATENCY_SHARE = 0.02
#: Cycles of a call in a strip beside its work, of a byte moved in a line buffer, of a byte of scratch that each call
#: fills again (expanded lines, weights in RAM), and of a MAC.
CALL_CYCLES, MOVED_BYTE_CYCLES, FILLED_BYTE_CYCLES, MAC_CYCLES = 150.0, 0.75, 1.0, 1.5
#: Part of a member's work that it costs when its strips have another kernel than the one that was chosen for it.
OTHER_KERNEL_SHARE = 0.5
#: Pixels that kernels compute together: what a strip's last block computes in vain is a cost.
PIXELS = 4


def stream(graph: Graph, calls: Sequence[Call], storage: Storage, objective: Objective,
           limit_bytes: int | None) -> list[list[Call]]:
    """Return the calls, then the same with more and more of them grouped, so that less memory is needed at least.

    For latency a group is formed only where it costs next to nothing; for flash, which its tables take, never; for
    either of them while the arena is larger than ``limit_bytes``.
    """
    stages, search = [list(calls)], _Search(graph, calls, storage)
    share = LATENCY_SHARE if objective is Objective.LATENCY else 0
    most = share * sum(MAC_CYCLES * call.cost.macs for call in calls)
    for _ in range(MOST_ROUNDS):
        units = stages[-1]
        bound, peak = search.bound(units)
        dear = objective is Objective.RAM or (limit_bytes is not None and bound > limit_bytes)
        found = [c for c in search.candidates(units, peak, bound) if dear or c[1] < most]
        if not found:
            break
        stages.append(min(found, key=lambda c: c[:2])[2])
    return stages


def overhead_cycles(unit: Call) -> float:
    """Return an estimate of what a group costs beyond its members called whole."""
    return sum(map(_member_overhead, unit.members)) if isinstance(unit, Group) else 0.0


def _member_overhead(member: Member) -> float:
    cycles, height = 0.0, max(part.end for part in member.parts if part is not None)
    pixels = member.call.cost.macs and _width(member)
    if member.kernel.name != member.call.kernel.name:
        cycles += OTHER_KERNEL_SHARE * MAC_CYCLES * member.call.cost.macs
    for part in member.parts:
        if part is not None:
            cycles += CALL_CYCLES + MOVED_BYTE_CYCLES * (part.first - part.base) * member.row_bytes * (part.moved > 0)
            cycles += FILLED_BYTE_CYCLES * member.kernel.scratch_bytes(part.strip.params)
            if pixels:
                count = (part.end - part.first) * pixels
                share = MAC_CYCLES * member.call.cost.macs * (part.end - part.first) / height
                cycles += share * (-count % PIXELS) / count
    return cycles


def _width(member: Member) -> int:
    """Return the pixels of an output row, 0 where the kernel does not know them."""
    return int(getattr(member.strips[0].params, "output_w", 0))


class _Search:
    """Candidates for groups, and the memory that units need at least."""

    def __init__(self, graph: Graph, calls: Sequence[Call], storage: Storage) -> None:
        self.graph, self.storage = graph, storage
        aliased = {root for name, root in storage.root.items() if name != root}
        self.fixed = frozenset(graph.outputs) | aliased | storage.pinned
        self._layers: dict[str, Layer] = {}

    def bound(self, units: Sequence[Call]) -> tuple[int, int]:
        """Return the bytes that some step needs, and the unit of that step."""
        lives = lifetimes(units, self.storage)
        return lower_bound(items(units, self.storage, lives), shared(units, self.storage, lives))

    def candidates(self, units: Sequence[Call], peak: int, below: int) -> Iterator[tuple[int, float, list[Call]]]:
        """Yield (bytes, cycles of all groups, units) with one more group, one that covers the peak, for less memory.

        More rows in a strip never take less memory.
        """
        at = max(0, peak)
        for start, end in itertools.product(range(at, -1, -1), range(at + 1, len(units) + 1)):
            calls = calls_of(units[start:end])
            if not 2 <= len(calls) <= MOST_CALLS or not closed(self.graph, calls, self.fixed):
                continue
            layers = [self._layer(call) for call in calls]
            for pace, rows in itertools.product(paces(layers), ROWS):
                found = group(self.graph, layers, pace, rows)
                if found is not None:
                    after = [*units[:start], found, *units[end:]]
                    bound = self.bound(after)[0]
                    if bound < below:
                        yield bound, sum(map(overhead_cycles, after)), after

    def _layer(self, call: Call) -> Layer:
        if call.node.name not in self._layers:
            self._layers[call.node.name] = Layer(self.graph, call)
        return self._layers[call.node.name]


def calls_of(units: Iterable[Call]) -> list[Call]:
    """Return the calls, those of groups one by one."""
    return [c for u in units for c in ([m.call for m in u.members] if isinstance(u, Group) else [u])]
