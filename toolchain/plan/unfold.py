"""Units of the plan -> steps and buffers of the program; a group becomes one streamed step per member."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from toolchain.ir import Buffer, Graph, Step, Stream, StripRun
from toolchain.plan.estimate import arrays
from toolchain.plan.memory import Placement
from toolchain.plan.rows import Part, kind
from toolchain.plan.select import Call
from toolchain.plan.storage import Lifetimes, Storage, scratch_name
from toolchain.plan.strips import Group, Member

#: Strips that differ by a multiple of this may be alike, where a member computes in every second or fourth strip only.
PHASES = (1, 2, 4)
#: Returns a call as the step of that index.
MakeStep = Callable[[Graph, int, Call], Step]


def first_steps(units: Sequence[Call]) -> list[int]:
    """Return the index of each unit's first step, and last the number of steps."""
    starts = [0]
    for unit in units:
        starts.append(starts[-1] + (len(unit.members) if isinstance(unit, Group) else 1))
    return starts


def steps(graph: Graph, units: Sequence[Call], buffers: Mapping[str, Buffer], make: MakeStep) -> tuple[Step, ...]:
    """Return the steps of all units."""
    found: list[Step] = []
    for unit in units:
        if isinstance(unit, Group):
            first = len(found)
            found += [_streamed(graph, unit, first, i, buffers, make) for i in range(len(unit.members))]
        else:
            found.append(make(graph, len(found), unit))
    return tuple(found)


def buffers(graph: Graph, units: Sequence[Call], storage: Storage, lives: Lifetimes,
            placement: Placement) -> dict[str, Buffer]:
    """Return a buffer per activation tensor that exists whole, aliases included, per line buffer and per scratch."""
    starts = first_steps(units)
    found = {}
    for name, root in storage.root.items():
        if root in lives.first:
            offset = placement.offsets[lives.box[root]]
            first = starts[lives.first[root]] if lives.first[root] >= 0 else -1
            last = starts[lives.last[root]] if lives.last[root] >= 0 else -1
            found[name] = Buffer(name, offset, graph.tensors[name].size_bytes, first, last)
    for unit, start in zip(units, starts, strict=False):
        name = scratch_name(unit)
        layout = unit.layout() if isinstance(unit, Group) else {"": (0, unit.scratch_bytes)}
        for tensor, (offset, size) in layout.items():
            if size:
                own = lines_name(tensor) if tensor else name
                found[own] = Buffer(own, placement.offsets[name] + offset, size, start, start)
    return found


def lines_name(tensor: str) -> str:
    """Return the name of the line buffer that stands for a tensor."""
    return f"{tensor}.lines"


def _streamed(graph: Graph, unit: Group, first: int, position: int, buffers: Mapping[str, Buffer],
              make: MakeStep) -> Step:
    member = unit.members[position]
    packed = {kind(s.params): member.kernel.pack(s.params) for s in member.strips}
    call = dataclasses.replace(member.call, kernel=member.kernel, params=next(iter(packed.values())), scratch_bytes=0)
    lines = None if position == len(unit.members) - 1 else lines_name(call.outputs[0])
    parts = [None if p is None else _strip_run(graph, member, p, list(packed), lines, buffers) for p in member.parts]
    scratch = scratch_name(unit) if any(member.kernel.scratch_bytes(s.params) for s in member.strips) else None
    inputs = len(call.inputs)
    tables = {n: [r for phase in range(n) for r in _joined(parts[phase::n], phase, inputs)] for n in PHASES}
    phases, runs = min(tables.items(), key=lambda pair: len(pair[1]))
    stream = Stream(group=first, strips=len(parts), phases=phases, params=tuple(p.fields() for p in packed.values()),
                    runs=tuple(runs), lines=lines)
    different = {(a.dtype.str, a.tobytes()): a.nbytes for p in packed.values()
                 for a in arrays(p.fields().values())}
    made = make(graph, first + position, call)
    reason = f"{made.reason}; streamed with layers {first} to {first + len(unit.members) - 1} in {len(parts)} strips"
    return dataclasses.replace(made, scratch=scratch, stream=stream, reason=reason,
                               weights_bytes=sum(different.values()))


def _strip_run(graph: Graph, member: Member, part: Part, kinds: Sequence[object], lines: str | None,
               buffers: Mapping[str, Buffer]) -> StripRun:
    """Return the call of one strip, as a run of one, with addresses in place of (offset, step) pairs' offsets."""
    inputs = []
    for name, base in zip(member.call.inputs, part.inputs, strict=True):
        tensor = graph.tensors[name]
        start = buffers[name].offset if name in buffers else buffers[lines_name(name)].offset
        inputs.append((start + (part.strip.start - base) * (tensor.size_bytes // tensor.shape[1]), 0))
    own = buffers[lines or member.call.outputs[0]].offset
    kept = (part.first - part.base) * member.row_bytes if part.moved else 0
    output = own + (part.first - (part.base if lines else 0)) * member.row_bytes
    return StripRun(phase=0, end=0, params=kinds.index(kind(part.strip.params)), inputs=tuple(inputs),
                    output=(output, 0), kept=own + part.moved * member.row_bytes if kept else 0, kept_bytes=kept)


def _joined(parts: Sequence[StripRun | None], phase: int, inputs: int) -> list[StripRun]:
    """Return the runs of strips whose calls differ in addresses that advance evenly."""
    nothing = StripRun(phase, 0, -1, ((0, 0),) * inputs, (0, 0), 0, 0)
    runs: list[StripRun] = []
    start = 0
    while start < len(parts):
        first = parts[start] or nothing
        second = parts[start + 1] or nothing if start + 1 < len(parts) else None
        step = None if second is None else _difference(first, second)
        end = start + 1
        while step is not None and end < len(parts) and _difference(parts[end - 1] or nothing,
                                                                    parts[end] or nothing) == step:
            end += 1
        pairs = step or (0,) * (inputs + 1)
        addresses = tuple((offset - start * by, by) for (offset, _), by in
                          zip((*first.inputs, first.output), pairs, strict=True))
        runs.append(dataclasses.replace(first, phase=phase, end=end, inputs=addresses[:-1], output=addresses[-1]))
        start = end
    return runs


def _difference(a: StripRun, b: StripRun) -> tuple[int, ...] | None:
    """Return by how much the addresses advance from one strip to the next; None when the calls differ otherwise."""
    if (a.params, a.kept, a.kept_bytes) != (b.params, b.kept, b.kept_bytes):
        return None
    return tuple(y - x for (x, _), (y, _) in zip((*a.inputs, a.output), (*b.inputs, b.output), strict=True))
