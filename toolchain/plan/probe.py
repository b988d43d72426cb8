"""A program for measuring kernels: every call alone, on buffers of its own, whatever it would share in a real plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from toolchain.ir import Buffer, Graph, Program, Tensor
from toolchain.numerics import Rounding
from toolchain.plan.planner import ARENA_ALIGN, step
from toolchain.plan.select import Call


def probe(graph: Graph, calls: Sequence[Call], rounding: Rounding) -> Program:
    """Return a program whose step i is ``calls[i]``, of nodes of ``graph``, reading and writing buffers of its own.

    Its steps have nothing to do with each other: it computes no graph and is good for nothing but a profile.
    """
    tensors: dict[str, Tensor] = {}
    buffers: dict[str, Buffer] = {}
    steps = []
    for index, call in enumerate(calls):
        names = {name: f"{name}@{index}" for name in (*call.inputs, *call.outputs)}
        tensors.update({new: dataclasses.replace(graph.tensors[old], name=new) for old, new in names.items()})
        sizes = {new: graph.tensors[old].size_bytes for old, new in names.items()}
        made = step(graph, index, call)
        scratch = None if made.scratch is None else f"{made.scratch}@{index}"
        if scratch is not None:
            sizes[scratch] = call.scratch_bytes
        offset = 0
        for name, size in sizes.items():
            buffers[name] = Buffer(name, offset, size, index, index)
            offset += -(-size // ARENA_ALIGN) * ARENA_ALIGN
        inputs, outputs = (tuple(names[n] for n in group) for group in (call.inputs, call.outputs))
        steps.append(dataclasses.replace(made, inputs=inputs, outputs=outputs, scratch=scratch))
    arena = max(b.offset + b.size_bytes for b in buffers.values())
    ends = Graph(name="probe", tensors=tensors, nodes=(), inputs=steps[0].inputs[:1], outputs=steps[-1].outputs[:1])
    return Program(graph=ends, steps=tuple(steps), buffers=buffers, arena_bytes=arena, arena_align=ARENA_ALIGN,
                   lower_bound_bytes=arena, peak_step=0, rounding=rounding.value)
