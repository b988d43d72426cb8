"""Steps divided among threads: rows of the output in parts that the same kernel computes at the same time.

A part is a strip (ops/_strip.py), so its rows are bit for bit those of the whole call. Parts run in any order: the
output never lies over the input, and each part has scratch of its own.

Units:  bytes, MACs, rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from toolchain import ops
from toolchain.errors import UsageError
from toolchain.ir import Graph, StepPart
from toolchain.plan.memory import rounded_up
from toolchain.plan.select import Call
from toolchain.targets import Target

#: As many as tc_pool.h has room for.
MOST_THREADS = 8
#: A step with fewer MACs is not divided. Estimated: some ten microseconds of a phone's core, about what waking a thread
#: that waits takes.
LEAST_MACS = 200_000
#: Scratch of a part starts at a multiple of this, as that of a whole step does.
SCRATCH_ALIGN = 16


def require_threads(threads: int, target: Target) -> None:
    """Raise UsageError for a number of threads that cannot be, or more than one without an operating system."""
    if not 1 <= threads <= MOST_THREADS:
        raise UsageError(f"{threads} threads cannot be: 1 to {MOST_THREADS}", [("where", "--threads")], "--threads 2")
    if threads > 1 and not target.core.hosted:
        raise UsageError(
            f"{target.name} has no threads: {threads} were asked for",
            [
                ("where", "--threads, or [model] threads in toolchain.toml"),
                ("have threads", "android-*, linux-arm64, host"),
            ],
            "--threads 1",
        )


def divided(graph: Graph, call: Call, threads: int) -> Call:
    """Return the call in parts; as it is when that is not worth it, or its kernel cannot compute rows apart."""
    op, output = ops.get(call.node.op), graph.tensors[call.outputs[0]]
    count = min(threads, output.shape[1]) if len(output.shape) == 4 else 1
    if count < 2 or call.cost.macs < LEAST_MACS or len(call.outputs) > 1:
        return call
    params = op.lower(call.node, graph.inputs_of(call.node), graph.outputs_of(call.node))
    ends = [output.shape[1] * i // count for i in range(count + 1)]
    strips = [op.strip(params, *rows, output.shape[1]) for rows in itertools.pairwise(ends)]
    taken = [strip for strip in strips if strip is not None and call.kernel.supports(strip.params) is None]
    if len(taken) < count:
        return call
    scratch = rounded_up(max(call.kernel.scratch_bytes(strip.params) for strip in taken), SCRATCH_ALIGN)
    parts = tuple(
        StepPart(
            params=call.kernel.pack(strip.params).fields(),
            scratch=i * scratch,
            inputs=_offsets(graph, call.inputs, strip.start),
            output=_offsets(graph, call.outputs, row)[0],
        )
        for i, (strip, row) in enumerate(zip(taken, ends, strict=False))
    )
    return replace(
        call,
        parts=parts,
        scratch_bytes=count * scratch,
        overlaps=(),
        kernel=replace(call.kernel, in_place=()),
        reason=f"{call.reason}; in {count} parts",
    )


def _offsets(graph: Graph, names: Sequence[str], row: int) -> tuple[int, ...]:
    """Return where a row begins in each of the tensors."""
    return tuple(row * (graph.tensors[n].size_bytes // graph.tensors[n].shape[1]) for n in names)
