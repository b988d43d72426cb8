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

import numpy as np

from toolchain.ir import Array, Graph
from toolchain.ops import Kernel, Strip
from toolchain.plan.overlap import Overlap, overlap
from toolchain.plan.rows import Layer, Part, Schedule
from toolchain.plan.select import Call

#: Alignment of line buffers inside a group's memory: what kernels need.
LINE_ALIGN = 4


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


def paces(layers: Sequence[Layer]) -> list[int]:
    """Return the members that are worth setting the pace: the last one, and the last of each other height."""
    heights = {layer.height: i for i, layer in enumerate(layers)}
    return sorted(heights.values(), reverse=True)


def group(graph: Graph, layers: Sequence[Layer], pace: int, rows: int) -> Group | None:
    """Return the group of layers of which ``pace`` computes ``rows`` rows a strip; None when they form none."""
    schedule, height = Schedule(layers), layers[pace].height
    strips: list[list[Part | None]] = []
    for end in [*range(rows, height + rows, rows), 0]:
        found = schedule.advance(pace, min(height, end)) if end else schedule.finish()
        if found is None:
            return None
        strips += [found] if any(found) else []
    members = []
    for i, layer in enumerate(layers):
        own = tuple(parts[i] for parts in strips)
        kernel = layer.kernel([p.strip for p in own if p is not None])
        if kernel is None:
            return None
        members.append(Member(layer.call, kernel, own, layer.row_bytes, schedule.most[i]))
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


def _as_call(graph: Graph, members: Sequence[Member]) -> Group:
    last = members[-1].call
    inner = {m.call.outputs[0] for m in members}
    inputs = tuple(dict.fromkeys(n for m in members for n in m.call.inputs if n not in inner))
    lines = sum(-(-m.rows * m.row_bytes // LINE_ALIGN) * LINE_ALIGN for m in members[:-1])
    scratch = max(m.kernel.scratch_bytes(s.params) for m in members for s in set(m.strips))
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
