"""Text form of a program: steps, memory map, peak, lower bound and gap; what ``--stop-after plan`` prints."""

from __future__ import annotations

from collections.abc import Sequence

from toolchain.ir import Program
from toolchain.plan.planner import peak_text


def format_program(program: Program) -> str:
    """Return the program as text: one line a step, one line a buffer, then the arena; deterministic."""
    gap = program.arena_bytes - program.lower_bound_bytes
    proven = " (no packing is smaller)" if gap and (program.notes or {}).get("optimal") else ""
    lines = [f"program {program.graph.name}: {len(program.steps)} steps, {program.rounding} rounding", "",
             *_steps(program), "", *_map(program), "",
             f"arena {program.arena_bytes} bytes, aligned {program.arena_align}; "
             f"lower bound {program.lower_bound_bytes}, gap {gap}{proven}", f"peak {peak_text(program)}"]
    lines += [f"rejected {r.kernel} for {r.step}: {r.reason}" for r in program.rejected]
    return "\n".join(lines) + "\n"


def _steps(program: Program) -> list[str]:
    rows = [("step", "layer", "op", "kernel", "output", "MACs", "weights", "reads -> writes")]
    for step in program.steps:
        shape = "x".join(map(str, step.shape))
        scratch = f" [{step.scratch}]" if step.scratch else ""
        flow = f"{', '.join(step.inputs)} -> {', '.join(step.outputs)}{scratch}"
        rows.append((f"{step.index:02d}", step.name, step.op, step.kernel, shape, str(step.macs),
                     str(step.weights_bytes), flow))
    return _table(rows)


def _map(program: Program) -> list[str]:
    rows = [("offset", "bytes", "steps", "buffer")]
    for b in sorted(program.buffers.values(), key=lambda b: (b.offset, b.first_step, b.last_step, b.name)):
        rows.append((str(b.offset), str(b.size_bytes), f"{b.first_step}..{b.last_step}", b.name))
    return _table(rows)


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
