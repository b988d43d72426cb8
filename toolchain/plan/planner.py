"""The stage itself: quantised graph + target -> program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from toolchain.errors import TargetError
from toolchain.ir import Graph, Program, Step
from toolchain.numerics import Rounding
from toolchain.plan import unfold
from toolchain.plan.estimate import estimate, weights_bytes
from toolchain.plan.memory import lower_bound
from toolchain.plan.packing import place
from toolchain.plan.parts import divided, require_threads
from toolchain.plan.regions import fast_memory
from toolchain.plan.schedule import schedule
from toolchain.plan.select import Call, Measure, Objective, select
from toolchain.plan.storage import Storage, items, lifetimes, scratch_name, shared, storage
from toolchain.plan.streaming import calls_of, stream
from toolchain.targets import Target

#: Alignment of the arena's first byte; buffers inside may need less.
ARENA_ALIGN = 16
#: RAM that stack and data take beside the arena, about.
REST_BYTES = 2048


def plan(graph: Graph, target: Target, *, rounding: Rounding = Rounding.DOUBLE,
         choose: Mapping[str, str] | None = None, measure: Measure | None = None,
         objective: Objective = Objective.LATENCY, ram_bytes: int | None = None,
         flash_bytes: int | None = None, constants_bytes: int | None = None, threads: int = 1) -> Program:
    """Return the program of a quantised graph: a kernel for each node, the order of least memory, offsets in the arena.

    ``choose`` maps node names to kernel names where the planner shall not choose; ``measure`` tells what kernels cost,
    and ``objective`` what is to be small; ``ram_bytes`` and ``flash_bytes`` are budgets below the board's memory,
    ``constants_bytes`` is one for the weights alone. With several ``threads`` steps are divided, and none is streamed.
    Raises ModelError for a layer that no kernel takes and for constant outputs, UsageError for a choice that cannot be.
    """
    require_threads(threads, target)
    calls = select(graph, target.core, choose or {}, measure, objective, _limit_bytes(target, "flash", flash_bytes),
                   constants_bytes)
    if threads > 1:
        calls = [divided(graph, call, threads) for call in calls]
    streamed = threads == 1 and (target.core.scarce_ram or objective is Objective.RAM or ram_bytes is not None)
    limit = _limit_bytes(target, "ram", ram_bytes)
    limit = None if limit is None else max(0, limit - REST_BYTES)
    program = arrange(graph, calls, rounding, objective, limit, streamed)
    return replace(program, fast=fast_memory(program, target.board, objective, ram_bytes), threads=threads)


def _limit_bytes(target: Target, kind: str, budget: int | None) -> int | None:
    """Return what the board's memory and a budget allow; None without either."""
    limits = [budget] if budget is not None else []
    if target.board.memory:
        memory = target.board.region(kind)
        limits.append(memory.size_bytes - memory.reserve_bytes)
    return min(limits, default=None)


def arrange(graph: Graph, calls: Sequence[Call], rounding: Rounding, objective: Objective = Objective.LATENCY,
            limit_bytes: int | None = None, streamed: bool = True) -> Program:
    """Return the program that makes these calls, in the order and with the offsets that need the least memory.

    Calls are ``streamed`` (streaming.py) as far as ``objective`` and the limit of the arena have it.
    """
    tensors = storage(graph)
    order = schedule(calls, tensors)
    stages = stream(graph, order, tensors, objective, limit_bytes) if streamed else [order]
    program = place_units(graph, stages.pop(), tensors, rounding)
    for units in reversed(stages):  # what needs less at least may need more in fact
        lives = lifetimes(units, tensors)
        if lower_bound(items(units, tensors, lives), shared(units, tensors, lives))[0] > program.arena_bytes:
            break
        fewer = place_units(graph, units, tensors, rounding)
        program = fewer if fewer.arena_bytes <= program.arena_bytes else program
    return program


def place_units(graph: Graph, units: Sequence[Call], tensors: Storage, rounding: Rounding) -> Program:
    """Return the program of calls and groups in this order, in the smallest arena found."""
    lives = lifetimes(units, tensors)
    boxes, overlaps = items(units, tensors, lives), shared(units, tensors, lives)
    placement = place(boxes, overlaps=overlaps)
    bound, peak = lower_bound(boxes, overlaps)
    buffers = unfold.buffers(graph, units, tensors, lives, placement)
    return Program(graph=graph, steps=unfold.steps(graph, units, buffers, step), buffers=buffers,
                   arena_bytes=placement.arena_bytes, arena_align=ARENA_ALIGN, lower_bound_bytes=bound,
                   peak_step=unfold.first_steps(units)[peak] if peak >= 0 else peak, rounding=rounding.value,
                   rejected=tuple(r for call in calls_of(units) for r in call.rejected),
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
    if step >= 0 and (stream := program.steps[step].stream) is not None:
        together = sum(1 for s in program.steps if s.stream is not None and s.stream.group == stream.group)
        where = f"layer{step:02d} to layer{step + together - 1:02d}, streamed"
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
                origin=node.origin, reason=call.reason, variadic=call.variadic, parts=call.parts,
                params_type=call.kernel.params_type or f"tc_{node.op}_params")
