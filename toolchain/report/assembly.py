"""Build facts -> Report. Nothing is measured here; the pipeline hands over what the stages returned."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from toolchain import ops
from toolchain.artifacts import Firmware, RunResult, Verification
from toolchain.budget import Budget
from toolchain.ir import FastMemory, Graph, Node, Program, Step, Tensor
from toolchain.report.model import (
    SCHEMA_VERSION,
    Accuracy,
    ArenaBuffer,
    BudgetResult,
    Checks,
    Compression,
    CoreEstimate,
    Layer,
    Memory,
    ModelFacts,
    Processor,
    Region,
    RejectedKernel,
    Report,
    Size,
    Speed,
    TargetFacts,
    VerificationResult,
)
from toolchain.targets import Board, Target

_BITS = {"s8": 8, "s16": 16, "s32": 32, "f32": 32}


def assemble(
    *,
    command: str,
    source: str,
    target: Target,
    canonical: Graph,
    program: Program,
    firmware: Firmware,
    accuracy: Accuracy,
    drop: float | None,
    verification: Verification,
    runs: Sequence[RunResult],
    budget: Budget,
    sqnr_db: Mapping[str, float],
    compression: Sequence[Compression] = (),
    advice: Sequence[str] = (),
    checks: Checks | None = None,
) -> Report:
    """Return the report of a build; ``sqnr_db`` is by layer name, ``drop`` the loss of the metric against float.

    ``runs`` has the profile on each processor; the first is the one that speed and layers tell of.
    """
    size, run = _size(program, firmware, target), runs[0]
    speed = dataclasses.replace(_speed(run, target), processors=_processors(runs))
    speed = dataclasses.replace(speed, estimates=estimates(runs), no_estimate=no_estimate(runs))
    names = {step.name: _name(step) for step in program.steps}
    return Report(
        schema_version=SCHEMA_VERSION,
        name=program.graph.name,
        command=command,
        rounding=program.rounding,
        model=ModelFacts(
            source=source,
            parameters=sum(t.count for t in canonical.constants()),
            macs=sum(_macs(canonical, node) for node in canonical.nodes),
            live_macs=sum(s.live_macs for s in program.steps),
        ),
        target=TargetFacts(target.name, target.core.name, target.board.name, target.board.clock_hz, firmware.compiler),
        accuracy=accuracy,
        size=size,
        speed=speed,
        budget=dataclasses.replace(_budget(budget, size, speed, drop), drop=drop, advice=tuple(advice)),
        verification=VerificationResult(
            runner=verification.runner,
            vectors=verification.vectors,
            elements=verification.elements,
            differing_elements=verification.differing_elements,
            max_difference_lsb=verification.max_difference_lsb,
            first_bad_layer=verification.first_bad_layer,
            processors=verification.processors,
        ),
        memory=_memory(program, target, firmware),
        layers=tuple(_layer(program, step, run, sqnr_db) for step in program.steps),
        rejected=tuple(RejectedKernel(names.get(r.step, r.step), r.kernel, r.reason) for r in program.rejected),
        compression=tuple(compression),
        checks=checks,
    )


def with_profile(report: Report, run: RunResult, target: Target) -> Report:
    """Return a report with the speed and the layers' cycles of another run."""
    layers = tuple(
        dataclasses.replace(layer, cycles=profile.cycles, instructions=profile.instructions)
        for layer, profile in zip(report.layers, run.layers, strict=True)
    )
    return dataclasses.replace(report, speed=_speed(run, target), layers=layers)


def _name(step: Step) -> str:
    return step.origin.module or step.name


def _macs(graph: Graph, node: Node) -> int:
    return ops.get(node.op).cost(node, graph.inputs_of(node), graph.outputs_of(node)).macs


def _size(program: Program, firmware: Firmware, target: Target) -> Size:
    sizes, android = firmware.sizes, target.core.android
    library = "" if firmware.library is None or android is None else f"{firmware.library.name} of {android.abi}"
    return Size(
        flash_bytes=sizes.flash_bytes,
        weights_bytes=sizes.weights_bytes,
        code_bytes=sizes.code_bytes,
        app_bytes=sizes.app_bytes,
        ram_bytes=sizes.ram_bytes,
        arena_bytes=sizes.arena_bytes,
        stack_bytes=sizes.stack_bytes,
        data_bytes=sizes.data_bytes,
        bss_bytes=sizes.bss_bytes,
        arena_lower_bound_bytes=program.lower_bound_bytes,
        library=library,
    )


def _speed(run: RunResult, target: Target) -> Speed:
    clock = target.board.clock_hz
    latency = run.cycles / clock * 1e6 if run.cycles is not None and clock > 0 else None
    return Speed(run.cycles, run.instructions, latency, run.source, run.error_band)


def _processors(runs: Sequence[RunResult]) -> tuple[Processor, ...]:
    named = [run for run in runs if run.processor]
    return tuple(Processor(r.processor, r.instructions, tuple(x.instructions for x in r.layers)) for r in named)


def estimates(runs: Sequence[RunResult]) -> tuple[CoreEstimate, ...]:
    """Return the cycles that were estimated for cores that are not here."""
    return tuple(CoreEstimate(e.core, run.processor, e.tool, sum(e.layers), e.layers)
                 for run in runs for e in run.estimates)


def no_estimate(runs: Sequence[RunResult]) -> str:
    """Return why estimates are missing, each reason once."""
    return "; ".join(dict.fromkeys(run.no_estimate for run in runs if run.no_estimate))


def _budget(budget: Budget, size: Size, speed: Speed, drop: float | None) -> BudgetResult:
    """A limit whose value is not known is not met."""
    pairs = (
        (size.flash_bytes, budget.flash_bytes),
        (size.weights_bytes, budget.weights_bytes),
        (size.ram_bytes, budget.ram_bytes),
        (speed.latency_us, budget.latency_us),
        (drop, budget.drop),
    )
    met = all(limit is None or (value is not None and value <= limit) for value, limit in pairs)
    return BudgetResult(budget.flash_bytes, budget.ram_bytes, budget.latency_us, budget.drop, met,
                        weights_bytes=budget.weights_bytes)


def _memory(program: Program, target: Target, firmware: Firmware) -> Memory:
    buffers = sorted(program.buffers.values(), key=lambda b: (b.first_step, b.offset, b.name))
    return Memory(
        program.peak_step,
        tuple(ArenaBuffer(b.name, b.offset, b.size_bytes, b.first_step, b.last_step) for b in buffers),
        _regions(program.fast, target.board, firmware) if target.board.memory else (),
    )


def _regions(fast: FastMemory | None, board: Board, firmware: Firmware) -> tuple[Region, ...]:
    """Return what the linker script puts where: targets/linker."""
    ram, stack, sections = board.region("ram").name, board.stack_region().name, firmware.sections
    fastest = fast.region if fast is not None else ram
    where = {".data": ram, ".bss": ram, ".stack": stack, ".noinit": stack, ".fast": fastest,
             ".arena": fastest if fast is not None and fast.arena else ram}
    names = {".fast": "constants", ".stack": "stack", ".arena": "arena", ".noinit": "record of a fault"}
    found = [Region(board.region("flash").name, board.region("flash").size_bytes, firmware.sizes.flash_bytes, ())]
    for memory in board.memory:
        if memory.kind == "ram":
            here = {s: size for s in where if where[s] == memory.name and (size := sections.get(s, 0))}
            found.append(Region(memory.name, memory.size_bytes, sum(here.values()),
                                tuple(names.get(s, s) for s in sorted(here, key=lambda s: -here[s]))))
    return tuple(found)


def _layer(program: Program, step: Step, run: RunResult, sqnr_db: Mapping[str, float]) -> Layer:
    profile = run.layers[step.index] if step.index < len(run.layers) else None
    node = next((n for n in program.graph.nodes if n.name == step.name), None)
    constants = [] if node is None else [t for t in program.graph.inputs_of(node) if t.data is not None]
    weights = constants[0] if constants else None
    zeros = 0 if weights is None or weights.data is None else int((weights.data == 0).sum())
    return Layer(
        name=_name(step),
        op=step.op,
        kernel=step.kernel,
        shape=tuple(step.shape),
        macs=step.macs,
        live_macs=step.live_macs,
        weights_bytes=step.weights_bytes,
        bits=_weight_bits(program, step, weights),
        sparsity=0.0 if weights is None or not weights.count else round(zeros / weights.count, 6),
        cycles=None if profile is None else profile.cycles,
        instructions=None if profile is None else profile.instructions,
        sqnr_db=round(sqnr_db[step.name], 2) if step.name in sqnr_db else None,
        reason=step.reason,
        activation_bits=_activation_bits(program, node),
    )


def _weight_bits(program: Program, step: Step, weights: Tensor | None) -> int:
    """Return the bits of a weight as it lies in flash; those of the model's numbers for a layer without weights."""
    if weights is None:
        return 32 if program.graph.tensors[step.outputs[0]].dtype == "f32" else 8
    return weights.storage.bits if weights.storage else _BITS[weights.dtype]


def _activation_bits(program: Program, node: Node | None) -> int:
    """Return the bits of what a layer writes; 1 where it sees but the signs of what it reads."""
    if node is None or getattr(node.attrs, "binary", None) is not None:
        return 8 if node is None else 1
    return _BITS[program.graph.tensors[node.outputs[0]].dtype]
