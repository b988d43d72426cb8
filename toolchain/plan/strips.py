"""Steps executed together, strip of rows by strip of rows: only the rows that are still needed of what lies between.

A group is a run of steps of which only the last one's output is used outside. One member sets the pace: in each strip
it computes its next rows. What it reads is computed just before, only as far as it is missing; what reads it, as far as
its rows reach. So each row is computed once. A member's rows lie in a line buffer, in which those that are still needed
are moved to the start before new ones are appended.

Units:  rows, and bytes of the int8 tensors.
Source: line buffers as in Liu et al., "StreamNet: Memory-Efficient Streaming Tiny Deep Learning Inference on the
        Microcontroller" (2023), here without the recomputation of patches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from toolchain import ops
from toolchain.ir import Array, Graph
from toolchain.ops import Kernel, Strip
from toolchain.plan.overlap import Overlap, overlap
from toolchain.plan.select import Call

#: Alignment of line buffers inside a group's memory: what kernels need.
LINE_ALIGN = 4


@dataclass(frozen=True, eq=False)
class Part:
    """What a member does in one strip: output rows ``first`` up to ``end`` (not included), by ``strip``.

    Its buffer starts with row ``base`` after the rows before ``first`` have been moved down by ``moved`` rows;
    ``inputs`` are the rows that each input's memory starts with.
    """

    first: int
    end: int
    strip: Strip
    base: int
    moved: int
    inputs: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Member:
    """A call of a group: the kernel of its strips, what it does in each of them (None: nothing), rows of its buffer."""

    call: Call
    kernel: Kernel
    parts: tuple[Part | None, ...]
    row_bytes: int
    rows: int

    @property
    def strips(self) -> list[Strip]:
        """The strips that are computed, in order."""
        return [part.strip for part in self.parts if part is not None]


@dataclass(frozen=True, eq=False)
class Group(Call):
    """A group as the planner sees it: one call, whose scratch holds the line buffers and what its members need."""

    members: tuple[Member, ...] = ()

    def layout(self) -> dict[str, tuple[int, int]]:
        """Return (offset, bytes) in the scratch memory of each line buffer, and last of the members' own scratch."""
        found, offset = {}, 0
        for member in self.members[:-1]:
            size = member.rows * member.row_bytes
            found[member.call.outputs[0]] = (offset, size)
            offset += -(-size // LINE_ALIGN) * LINE_ALIGN
        found[""] = (offset, self.scratch_bytes - offset)
        return found


def paces(graph: Graph, calls: Sequence[Call]) -> list[int]:
    """Return the members that are worth setting the pace: the last one, and the last of each other height."""
    heights = {graph.tensors[call.outputs[0]].shape[1]: i for i, call in enumerate(calls)}
    return sorted(heights.values(), reverse=True)


def lower(graph: Graph, call: Call) -> Any:
    """Return the parameters of a whole call, as its operator lowers them."""
    return ops.get(call.node.op).lower(call.node, graph.inputs_of(call.node), graph.outputs_of(call.node))


def group(graph: Graph, calls: Sequence[Call], params: Sequence[Any], pace: int, rows: int) -> Group | None:
    """Return the group of calls whose member ``pace`` computes ``rows`` rows a strip; None when they form none.

    ``params`` are those of the whole calls (``lower``).
    """
    schedule = _Schedule(graph, calls, params)
    height = schedule.heights[pace]
    strips: list[list[Part | None]] = []
    for end in [*range(rows, height + rows, rows), 0]:
        found = schedule.advance(pace, min(height, end)) if end else schedule.finish()
        if found is None:
            return None
        strips += [found] if any(found) else []
    members = []
    for i, call in enumerate(calls):
        own = tuple(parts[i] for parts in strips)
        kernel = _kernel(call, [p.strip for p in own if p is not None])
        if kernel is None:
            return None
        members.append(Member(call, kernel, own, schedule.row_bytes[i], schedule.most[i]))
    return _as_call(graph, members)


def closed(graph: Graph, calls: Sequence[Call], fixed: frozenset[str]) -> bool:
    """Tell whether calls may form a group: all is images, and only the last output is used outside.

    ``fixed`` are tensors that must exist whole, whatever reads them.
    """
    names = {call.node.name for call in calls}
    for call in calls:
        tensors = [graph.tensors[n] for n in (*call.inputs, *call.outputs)]
        if call.variadic or len(call.outputs) != 1 or any(len(t.shape) != 4 for t in tensors):
            return False
    inner = {call.outputs[0] for call in calls[:-1]}
    return not inner & fixed and all({n.name for n in graph.consumers(t)} <= names for t in inner)


class _Schedule:
    """Rows computed so far of every member, and where each line buffer starts; advanced strip by strip."""

    def __init__(self, graph: Graph, calls: Sequence[Call], params: Sequence[Any]) -> None:
        self.calls, self.params = calls, params
        self.ops = [ops.get(call.node.op) for call in calls]
        outputs = [graph.tensors[call.outputs[0]] for call in calls]
        self.heights = [t.shape[1] for t in outputs]
        self.row_bytes = [t.size_bytes // t.shape[1] for t in outputs]
        index = {call.outputs[0]: i for i, call in enumerate(calls)}
        self.sources = [[index.get(name) for name in call.inputs] for call in calls]
        self.consumers = [[j for j, s in enumerate(self.sources) if i in s] for i in range(len(calls))]
        self.done, self.base, self.most = ([0] * len(calls) for _ in range(3))
        self._starts: dict[tuple[int, int], int | None] = {}
        self._needs: dict[int, set[int]] = {}

    def finish(self) -> list[Part | None] | None:
        """Return what is left to do after the last strip of the member that sets the pace."""
        return self.advance(len(self.calls) - 1, self.heights[-1])

    def advance(self, pace: int, end: int) -> list[Part | None] | None:
        """Return what each member does in the strip in which ``pace`` gets ``end`` rows; None when that cannot be."""
        strips: list[Strip | None] = [None] * len(self.calls)
        target = list(self.done)
        target[pace] = end
        if not self._pull(pace, strips, target):
            return None
        self._push(pace, strips, target)
        moved = [self._slide(i, strips, target) for i in range(len(self.calls))]
        if any(m is None for m in moved):
            return None
        parts = [None if strip is None else self._part(i, target[i], strip, move or 0)
                 for i, (strip, move) in enumerate(zip(strips, moved, strict=True))]
        self.done = target
        self.most = [max(m, d - b) for m, d, b in zip(self.most, self.done, self.base, strict=True)]
        return parts

    def _pull(self, pace: int, strips: list[Strip | None], target: list[int]) -> bool:
        """Set the strips of a member and of what it reads; False when rows cannot be computed apart."""
        for i in reversed(range(pace + 1)):
            target[i] = max([target[i], *(s.end for j in self.consumers[i] if (s := strips[j]) is not None)])
            if target[i] > self.done[i]:
                strips[i] = self.ops[i].strip(self.params[i], self.done[i], target[i], self.heights[i])
                if strips[i] is None:
                    return False
        return True

    def _push(self, pace: int, strips: list[Strip | None], target: list[int]) -> None:
        """Set the strips of all other members: as many rows as what they read has by now."""
        for i in range(len(self.calls)):
            if strips[i] is not None or i == pace or i in self._before(pace):
                continue
            ready = min((target[s] for s in self.sources[i] if s is not None), default=0)
            while target[i] < self.heights[i]:
                longer = self.ops[i].strip(self.params[i], self.done[i], target[i] + 1, self.heights[i])
                if longer is None or longer.end > ready:
                    break
                strips[i] = longer
                target[i] += 1

    def _before(self, pace: int) -> set[int]:
        """Return the members whose rows a member needs, directly or not."""
        if pace not in self._needs:
            direct = {s for s in self.sources[pace] if s is not None}
            self._needs[pace] = direct.union(*(self._before(s) for s in direct))
        return self._needs[pace]

    def _slide(self, i: int, strips: Sequence[Strip | None], target: Sequence[int]) -> int | None:
        """Move the start of a member's buffer to the lowest row that is still needed; return by how many rows."""
        if strips[i] is None or i == len(self.calls) - 1:
            return 0
        needed = self.done[i]
        for j in self.consumers[i]:
            strip = strips[j]
            if strip is not None:
                needed = min(needed, strip.start)
            elif self.done[j] < self.heights[j]:
                start = self._start(j, self.done[j])
                if start is None:
                    return None
                needed = min(needed, start)
        moved = max(0, needed - self.base[i])
        self.base[i] += moved
        return moved

    def _start(self, j: int, row: int) -> int | None:
        if (j, row) not in self._starts:
            strip = self.ops[j].strip(self.params[j], row, row + 1, self.heights[j])
            self._starts[j, row] = None if strip is None else strip.start
        return self._starts[j, row]

    def _part(self, i: int, end: int, strip: Strip, moved: int) -> Part:
        inputs = tuple(0 if source is None else self.base[source] for source in self.sources[i])
        return Part(self.done[i], end, strip, self.base[i], moved, inputs)


def _kernel(call: Call, strips: Sequence[Strip]) -> Kernel | None:
    """Return the kernel for all strips: the call's own, or another one of its instruction set; None when none can."""
    different = list({key(s.params): s.params for s in strips}.values())
    others = [k for k in ops.get(call.node.op).kernels if k.isa == call.kernel.isa and k.name != call.kernel.name]
    return next((k for k in (call.kernel, *others) if all(k.supports(p) is None for p in different)), None)


def key(params: Any) -> tuple[tuple[str, Any], ...]:
    """Return what tells the parameters of two strips of one layer apart: all but the arrays."""
    return tuple((name, value) for name, value in params.fields().items() if not isinstance(value, np.ndarray))


def _as_call(graph: Graph, members: Sequence[Member]) -> Group:
    last = members[-1].call
    inner = {m.call.outputs[0] for m in members}
    inputs = tuple(dict.fromkeys(n for m in members for n in m.call.inputs if n not in inner))
    lines = sum(-(-m.rows * m.row_bytes // LINE_ALIGN) * LINE_ALIGN for m in members[:-1])
    scratch = max(m.kernel.scratch_bytes(s.params) for m in members for s in m.strips)
    return Group(node=last.node, kernel=Kernel(last.kernel.name), params=last.params, inputs=inputs,
                 outputs=last.outputs, scratch_bytes=lines + scratch, cost=last.cost, variadic=False,
                 reason=last.reason, rejected=(), members=tuple(members),
                 overlaps=tuple(_overlap(graph, members, name) for name in inputs))


def _overlap(graph: Graph, members: Sequence[Member], name: str) -> Overlap:
    """Return the safe distances of the group's output from an input, from the rows that each strip reads and writes.

    The last member may write before it has read, the others read before it runs.
    """
    tensor, output = graph.tensors[name], graph.tensors[members[-1].call.outputs[0]]
    height, last = tensor.shape[1], len(members) - 1
    reads = np.full(height, -1)
    for i, member in enumerate(members):
        if name in member.call.inputs:
            for t, part in enumerate(member.parts):
                if part is not None:
                    reads[part.strip.start : part.strip.end] = np.maximum(
                        reads[part.strip.start : part.strip.end], 2 * t + (i == last))
    writes = np.concatenate([np.full(part.end - part.first, 2 * t) for t, part in enumerate(members[-1].parts)
                             if part is not None])
    return overlap(_bytes(writes, output.size_bytes), _bytes(reads, tensor.size_bytes))


def _bytes(rows: Array, size_bytes: int) -> Array:
    found: Array = np.repeat(rows, size_bytes // rows.size)
    return found
