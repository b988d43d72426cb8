"""The stage itself: quantised graph + target -> program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from toolchain.errors import TargetError
from toolchain.ir import Buffer, Graph, Program, Step
from toolchain.numerics import Rounding
from toolchain.plan.estimate import estimate, weights_bytes
from toolchain.plan.memory import Placement, lower_bound
from toolchain.plan.packing import place
from toolchain.plan.schedule import schedule
from toolchain.plan.select import Call, Measure, Objective, select
from toolchain.plan.storage import Lifetimes, Storage, items, lifetimes, scratch_name, shared, storage
from toolchain.targets import Target

#: Alignment of the arena's first byte; buffers inside may need less.
ARENA_ALIGN = 16


def plan(graph: Graph, target: Target, *, rounding: Rounding = Rounding.DOUBLE,
         choose: Mapping[str, str] | None = None, measure: Measure | None = None,
         objective: Objective = Objective.LATENCY) -> Program:
    """Return the program of a quantised graph: a kernel for each node, the order of least memory, offsets in the arena.

    ``choose`` maps node names to kernel names where the planner shall not choose; ``measure`` tells what kernels cost,
    and ``objective`` what is to be small. Raises ModelError for a layer that no kernel takes and for constant outputs,
    UsageError for a choice that cannot be.
    """
    return arrange(graph, select(graph, target.core, choose or {}, measure, objective), rounding)


def arrange(graph: Graph, calls: Sequence[Call], rounding: Rounding) -> Program:
    """Return the program that makes these calls, in the order and with the offsets that need the least memory."""
    tensors = storage(graph)
    order = schedule(calls, tensors)
    lives = lifetimes(order, tensors)
    boxes, overlaps = items(order, tensors, lives), shared(order, tensors, lives)
    placement = place(boxes, overlaps=overlaps)
    bound, peak = lower_bound(boxes, overlaps)
    return Program(graph=graph, steps=tuple(step(graph, i, call) for i, call in enumerate(order)),
                   buffers=_buffers(graph, order, tensors, lives, placement), arena_bytes=placement.arena_bytes,
                   arena_align=ARENA_ALIGN, lower_bound_bytes=bound, peak_step=peak, rounding=rounding.value,
                   rejected=tuple(r for call in order for r in call.rejected),
                   notes={"buffer_align": placement.align, "optimal": placement.optimal})


def require_fit(program: Program, target: Target) -> None:
    """Raise TargetError when the arena alone, or the constants alone, exceed the board's memory."""
    if not target.board.memory:
        return
    needs = {"ram": ("RAM", program.arena_bytes, f"peak {peak_text(program)}"),
             "flash": ("flash", estimate(program).weights_bytes, "weights and other constants")}
    for kind, (label, need, what) in needs.items():
        memory = target.board.region(kind)
        have = memory.size_bytes - memory.reserve_bytes
        if need > have:
            limit = (f"targets/boards/{target.board.name}/board.toml: {memory.name} {_size(memory.size_bytes)}"
                     f" - reserve {_size(memory.reserve_bytes)}")
            raise TargetError(
                f"{program.graph.name} needs {_size(need)} of {label}, {target.board.name} has {_size(have)}",
                [("for", what), ("limit", limit)],
                [f"--{kind} {max(1, have // 1024)}KiB to let the search shrink it", "a larger board: toolchain boards"])


def peak_text(program: Program) -> str:
    """Return ``layerNN name: buffer n KiB + ...`` for the step with the most live bytes."""
    step = program.peak_step
    where = f"layer{step:02d} {program.steps[step].name}" if step >= 0 else "inputs"
    live = {b.offset: b for b in program.buffers.values() if b.first_step <= step <= b.last_step}
    return f"{where}: " + " + ".join(f"{b.name} {_size(b.size_bytes)}" for _, b in sorted(live.items()))


def _size(size: int) -> str:
    return f"{size / 1024:.1f} KiB" if size >= 1024 else f"{size} bytes"


def step(graph: Graph, index: int, call: Call) -> Step:
    """Return a call as step ``index`` of a program."""
    node = call.node
    return Step(index=index, name=node.name, op=node.op, kernel=call.kernel.name, isa=call.kernel.isa,
                params=call.params.fields(), inputs=call.inputs, outputs=call.outputs,
                scratch=scratch_name(call) if call.scratch_bytes else None, shape=graph.tensors[node.outputs[0]].shape,
                macs=call.cost.macs, live_macs=call.cost.live_macs, weights_bytes=weights_bytes(call.params),
                origin=node.origin, reason=call.reason, variadic=call.variadic,
                params_type=call.kernel.params_type or f"tc_{node.op}_params")


def _buffers(graph: Graph, calls: Sequence[Call], tensors: Storage, lives: Lifetimes,
             placement: Placement) -> dict[str, Buffer]:
    """Return a buffer per activation tensor, aliases included, and per scratch buffer."""
    buffers = {}
    for name, root in tensors.root.items():
        offset = placement.offsets[lives.box[root]]
        buffers[name] = Buffer(name, offset, graph.tensors[name].size_bytes, lives.first[root], lives.last[root])
    for step, call in enumerate(calls):
        if call.scratch_bytes:
            name = scratch_name(call)
            buffers[name] = Buffer(name, placement.offsets[name], call.scratch_bytes, step, step)
    return buffers
