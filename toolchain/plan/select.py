"""Kernel choice: of the kernels that support a layer's parameters, the one that costs least of what is to be small.

What a kernel costs is measured where the caller can (``measure``); else the order of the instruction sets and, within
one, of ``Op.kernels`` stands for it, the best first.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from toolchain import ops
from toolchain.artifacts import KernelCost
from toolchain.errors import ModelError, UsageError, unknown_name
from toolchain.ir import Graph, Node, Rejected, StepPart
from toolchain.ops import Cost, Kernel, Op, Params
from toolchain.plan import flash
from toolchain.plan.estimate import weights_bytes
from toolchain.plan.overlap import Overlap, overlaps
from toolchain.targets import Core

#: A portable kernel is no candidate for a layer with more MACs than this that a better instruction set takes too.
MOST_PORTABLE_MACS = 200_000
#: Kernels whose cycles differ by less are as fast as each other: the one that needs less memory is taken.
AS_FAST = 0.005
#: A kernel that needs more memory than any layer needs anyway must make its layer this much faster.
LITTLE_SLOWER = 0.3
#: And save this part of the network's cycles for as much memory again.
MEMORY_WORTH = 0.1


class Objective(Enum):
    """What is to be small: ``--optimize``."""

    LATENCY = "latency"
    FLASH = "flash"
    RAM = "ram"


@dataclass(frozen=True, eq=False)
class Call:
    """A node with its kernel: packed parameters, names of the activations it reads and writes, scratch, and why.

    ``overlaps`` has, by input, the distances at which the first output may lie over it; when empty, they are apart.
    ``parts``: made in its place by several threads (parts.py).
    """

    node: Node
    kernel: Kernel
    params: Params
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    scratch_bytes: int
    cost: Cost
    variadic: bool
    reason: str
    rejected: tuple[Rejected, ...]
    overlaps: tuple[Overlap, ...] = ()
    parts: tuple[StepPart, ...] = ()


#: Returns the cost of each call of nodes of the graph; None for one that cannot be measured.
Measure: TypeAlias = Callable[[Graph, Sequence[Call]], Sequence["KernelCost | None"]]


def select(graph: Graph, core: Core, choose: Mapping[str, str], measure: Measure | None = None,
           objective: Objective = Objective.LATENCY, flash_bytes: int | None = None,
           constants_bytes: int | None = None) -> list[Call]:
    """Return one call per node that computes something (aliases do not), in the graph's order.

    ``choose`` maps node names to kernel names; ``flash_bytes`` is what the model may take of the flash and
    ``constants_bytes`` what its weights may, the fastest kernels give way to both. Raises UsageError for a choice that
    cannot be, ModelError when no kernel takes a layer.
    """
    nodes = [node for node in graph.nodes if not ops.get(node.op).alias]
    for name in choose:
        if name not in {node.name for node in nodes}:
            raise UsageError(*unknown_name("layer", name, (node.name for node in nodes)))
    layers = [_promising(candidates(graph, node, core, choose.get(node.name))) for node in nodes]
    costs, changed = _measured(graph, layers, measure), set[int]()
    if objective is Objective.FLASH:
        layers = _smallest(layers, costs)
    elif objective is Objective.RAM:
        layers = [sorted(calls, key=lambda c: (_footprint(graph, c), c.kernel.stack_bytes, _cycles(costs.get(c))))
                  for calls in layers]
    elif costs:
        room = _room(graph, layers)
        total = sum(min((costs[c].cycles for c in calls if c in costs), default=0) for calls in layers)
        layers = [_fastest(graph, calls, costs, room, total) for calls in layers]
        if flash_bytes is not None:
            layers, changed = flash.within(layers, costs, flash_bytes, lambda calls: flash.flash_bytes(calls, costs))
        if constants_bytes is not None:
            layers, lighter = flash.within(layers, costs, constants_bytes, flash.constants_bytes)
            changed |= lighter
    return [_explained(calls, costs, objective, i in changed) for i, calls in enumerate(layers)]


def candidates(graph: Graph, node: Node, core: Core, wanted: str | None = None) -> list[Call]:
    """Return a call of every kernel that takes a node on this core, the best instruction set first; at least one.

    ``wanted`` is the only kernel that may be used. Each call's ``rejected`` lists the kernels that cannot be.
    """
    op = ops.get(node.op)
    inputs, outputs = graph.inputs_of(node), graph.outputs_of(node)
    params = op.lower(node, inputs, outputs)
    kernels, rejected = _supported(node, params, core, wanted)
    read = tuple(t for t in inputs if t.data is None)
    return [Call(node=node, kernel=kernel, params=kernel.pack(params), inputs=tuple(t.name for t in read),
                 outputs=node.outputs,
                 overlaps=overlaps(kernel.walk(params), outputs[0].size_bytes, tuple(t.size_bytes for t in read)),
                 scratch_bytes=kernel.scratch_bytes(params), cost=op.cost(node, inputs, outputs), variadic=op.variadic,
                 reason=_reason(op, kernel, core, wanted, rejected), rejected=tuple(rejected)) for kernel in kernels]


def _isas(core: Core) -> tuple[str, ...]:
    return (*core.features, "ref")


def _ordered(kernels: Sequence[Kernel], core: Core) -> list[Kernel]:
    """Return the kernels that a core can run, the best instruction set first."""
    isas = _isas(core)
    return sorted((k for each in kernels if (k := each.on(isas))), key=lambda k: isas.index(k.isa))


def _supported(node: Node, params: Params, core: Core, wanted: str | None) -> tuple[list[Kernel], list[Rejected]]:
    kernels = ops.get(node.op).kernels
    if wanted is not None and wanted not in {k.name for k in kernels}:
        raise UsageError(*unknown_name(f"kernel of {node.op}", wanted, (k.name for k in kernels)))
    storage = getattr(params, "storage", None)
    order = _ordered(ops.readers(kernels, params), core)
    answers = [(k, k.supports(params)) for k in order if wanted in (None, k.name)]
    rejected = [Rejected(node.name, k.name, why) for k, why in answers if why is not None]
    found = [k for k, why in answers if why is None]
    if found:
        kept = ops.keeping(found, storage)
        return kept, rejected + [Rejected(node.name, k.name, f"the weights are to be stored as {storage}")
                                 for k in found if k not in kept]
    details = [("layer", node.origin.module or node.name), *((r.kernel, r.reason) for r in rejected)]
    if wanted is not None:
        isa = next(k.isa for k in kernels if k.name == wanted)
        problem = "does not support the layer" if rejected else f"needs {isa}"
        raise UsageError(f"kernel {wanted} {problem}: {core.name} has {', '.join(_isas(core))}", details,
                         "leave the choice to the planner")
    raise ModelError(f"no {node.op} kernel for {core.name} takes {node.name}", details,
                     "another form of the layer, or another --target")


def _promising(calls: list[Call]) -> list[Call]:
    """Return the candidates without portable kernels that are far too slow; those are among the rejected."""
    kept = [c for c in calls if c.kernel.isa == calls[0].kernel.isa or c.cost.macs <= MOST_PORTABLE_MACS]
    dropped = tuple(Rejected(c.node.name, c.kernel.name, f"portable, for {c.cost.macs} MACs")
                    for c in calls if c not in kept)
    return [replace(c, rejected=(*c.rejected, *dropped)) for c in kept]


def _reason(op: Op, kernel: Kernel, core: Core, wanted: str | None, rejected: list[Rejected]) -> str:
    if wanted is not None:
        return "asked for"
    order = [k.name for k in _ordered(op.kernels, core)]
    passed = [r for r in rejected if order.index(r.kernel) < order.index(kernel.name)]
    first = f"first choice on {core.name}" if kernel.isa != "ref" else f"no faster kernel for {core.name}"
    return "; ".join(f"not {r.kernel}: {r.reason}" for r in passed) or first


# Measured costs --------------------------------------------------------------------------------------------------


def _measured(graph: Graph, layers: Sequence[Sequence[Call]], measure: Measure | None) -> dict[Call, KernelCost]:
    """Return what is known of the candidates of layers that have several."""
    if measure is None:
        return {}
    calls = [c for layer in layers if len(layer) > 1 for c in layer]
    costs = measure(graph, calls) if calls else ()
    return {c: cost for c, cost in zip(calls, costs, strict=True) if cost is not None}


def _cycles(cost: KernelCost | None) -> float:
    """Return the cycles to compare by; sorting is stable, so that what is not known stays in order, behind the rest."""
    return float("inf") if cost is None else cost.cycles


def _room(graph: Graph, layers: Sequence[Sequence[Call]]) -> int:
    """Return the bytes that some layer needs whatever kernel it has: up to that, memory costs the others nothing."""
    return max((min(_footprint(graph, c) for c in calls) for calls in layers), default=0)


def _fastest(graph: Graph, calls: Sequence[Call], costs: Mapping[Call, KernelCost], room: int,
             total: float) -> list[Call]:
    """Return the candidates, the fastest first; of those as fast as it, the one that needs the least memory.

    Up to ``room`` memory in the arena is free, that on the stack is not. A kernel that needs more than ``room`` gives
    way to one that does not and is little slower, for the layer or for all of the network's ``total`` cycles.
    """
    sizes = {c: _footprint(graph, c) for c in calls}
    best = min(_cycles(costs.get(c)) for c in calls)
    inside = min((_cycles(costs.get(c)) for c in calls if sizes[c] <= room), default=float("inf"))
    beyond = min(sizes[c] for c in calls if _cycles(costs.get(c)) <= best * (1 + AS_FAST)) - room
    roomy = inside > best * (1 + LITTLE_SLOWER) and (inside - best) * room >= MEMORY_WORTH * total * beyond
    limit = (best if roomy else inside) * (1 + AS_FAST)

    def key(call: Call) -> tuple[bool, bool, int, int, float]:
        cycles = _cycles(costs.get(call))
        memory = max(0, sizes[call] - room) + call.kernel.stack_bytes, sizes[call]
        return not roomy and sizes[call] > room, cycles > limit, *(memory if cycles <= limit else (0, 0)), cycles

    return sorted(calls, key=key)


def _footprint(graph: Graph, call: Call) -> int:
    """Return the bytes that a call needs when its output overlaps the input that lets it save most."""
    sizes = [graph.tensors[n].size_bytes for n in call.inputs]
    output = graph.tensors[call.outputs[0]].size_bytes
    pairs = [output + size for size in sizes]
    for i, size in enumerate(sizes):
        if i in call.kernel.in_place and size == output:
            pairs[i] = size
        elif i < len(call.overlaps):
            pairs[i] = min(pairs[i], max(output, max(0, call.overlaps[i].above) + size))
    saved = max((output + size - pair for size, pair in zip(sizes, pairs, strict=True)), default=0)
    return call.scratch_bytes + output + sum(sizes) - saved


def _smallest(layers: Sequence[Sequence[Call]], costs: Mapping[Call, KernelCost]) -> list[list[Call]]:
    """Return the candidates with those first that together need the least flash.

    A kernel that is one function for all its layers is paid once: for each operator every set of kernels is tried.
    """
    chosen: dict[int, list[Call]] = {}
    for op in {calls[0].node.op for calls in layers}:
        group = {i: calls for i, calls in enumerate(layers) if calls[0].node.op == op}
        names = sorted({c.kernel.name for calls in group.values() for c in calls})
        sets = (set(s) for n in range(1, len(names) + 1) for s in itertools.combinations(names, n))
        possible = [s for s in sets if all(any(c.kernel.name in s for c in calls) for calls in group.values())]
        best = min((_with_kernels(group, s, costs) for s in possible), key=lambda pair: pair[0])
        chosen.update(best[1])
    return [chosen[i] for i in range(len(layers))]


def _with_kernels(group: Mapping[int, Sequence[Call]], names: set[str],
                  costs: Mapping[Call, KernelCost]) -> tuple[tuple[int, float], dict[int, list[Call]]]:
    """Return (flash bytes, cycles) when only these kernels are used, and each layer's candidates in that order."""

    def size(call: Call) -> int:
        return weights_bytes(call.params) + (costs[call].layer_bytes if call in costs else 0)

    ranked = {i: sorted(calls, key=lambda c: (c.kernel.name not in names, size(c), _cycles(costs.get(c))))
              for i, calls in group.items()}
    first = [calls[0] for calls in ranked.values()]
    shared = dict(part for c in first if c in costs for part in costs[c].shared)
    total = sum(size(c) for c in first) + sum(shared.values())
    return (total, sum(_cycles(costs.get(c)) for c in first)), ranked


# The report ------------------------------------------------------------------------------------------------------


def _explained(calls: Sequence[Call], costs: Mapping[Call, KernelCost], objective: Objective, gave_way: bool) -> Call:
    """Return the first call with the reason for it, and the others among its rejected kernels.

    ``gave_way``: a faster one needs more flash than there is, or more weights than there may be.
    """
    best, *others = calls
    if not others:
        return best
    own = costs.get(best)
    passed = [Rejected(best.node.name, c.kernel.name, _against(c, best, costs)) for c in others]
    if own is None:
        reason = f"{best.reason}, estimated"
    else:
        what = {Objective.LATENCY: "fastest", Objective.FLASH: "least flash", Objective.RAM: "least RAM"}[objective]
        what = "fastest that fits the flash and its limits," if gave_way else what
        if objective is Objective.LATENCY and not gave_way and _faster_with_memory(best, others, costs):
            what = "fastest that is worth its memory,"
        reason = f"{what} of {len(calls)}: {_rounded(own.cycles)} cycles {own.source}"
    return replace(best, reason=reason, rejected=(*best.rejected, *passed))


def _faster_with_memory(best: Call, others: Sequence[Call], costs: Mapping[Call, KernelCost]) -> bool:
    """Tell whether a kernel that needs more memory would be faster, as far as that can be told."""
    limit = (1 - AS_FAST) * costs[best].cycles
    return any(c.scratch_bytes > best.scratch_bytes and _cycles(costs.get(c)) < limit for c in others)


def _against(call: Call, chosen: Call, costs: Mapping[Call, KernelCost]) -> str:
    cost, best = costs.get(call), costs.get(chosen)
    if cost is None or best is None:
        return "comes later in the order of kernels; estimated, not measured"
    more = 100 * (cost.cycles - best.cycles) / max(1, best.cycles)
    code = cost.code_bytes - best.code_bytes
    sparse = "no speed-up expected: " if call.kernel.storages and cost.cycles >= best.cycles else ""
    figures = f"{sparse}{_rounded(cost.cycles)} cycles ({more:+.0f} %), {_rounded(cost.instructions)} instructions"
    memory = call.scratch_bytes - chosen.scratch_bytes
    return f"{figures}, {code:+d} bytes of code" + (f", {memory:+,d} bytes of scratch memory" if memory else "")


def _rounded(count: int) -> str:
    """Return three digits: the last ones depend on how the firmware that measured them called the layer."""
    return f"{float(f'{count:.3g}'):,.0f}"
