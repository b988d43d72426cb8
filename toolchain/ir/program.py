"""The planned program: one kernel call per step, in order, with every buffer placed in the arena.

Made by plan, read by emit, the runners, verify and the report. It holds plain values only: nothing of an operator's
Python file is needed to print it as C.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from toolchain.ir.graph import Array, Graph, Origin, Shape

#: Value of one field of a C parameter struct.
Value: TypeAlias = "int | Array | tuple[int, ...]"


@dataclass(frozen=True)
class Buffer:
    """One activation or scratch buffer: bytes [offset, offset + size) of the arena while steps first..last run.

    ``first_step`` is -1 for graph inputs; ``last_step`` is the number of steps for graph outputs.
    """

    name: str
    offset: int
    size_bytes: int
    first_step: int
    last_step: int


@dataclass(frozen=True)
class Step:
    """One call ``kernel(&params, inputs..., outputs..., scratch)``.

    ``params_type`` is the C struct of ``params``; ``variadic`` passes the inputs as one array of pointers.
    """

    index: int
    name: str
    op: str
    kernel: str
    isa: str
    params: Mapping[str, Value]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    scratch: str | None
    shape: Shape
    macs: int
    weights_bytes: int
    origin: Origin
    reason: str = ""
    params_type: str = ""
    variadic: bool = False
    live_macs: int = 0


@dataclass(frozen=True)
class Rejected:
    """A kernel that was considered for a step and not chosen, with the reason."""

    step: str
    kernel: str
    reason: str


@dataclass(frozen=True, eq=False)
class Program:
    """Steps in order and the memory map. ``graph`` is the quantised graph that the steps compute.

    ``buffers`` has one entry per activation tensor, by tensor name, and one per scratch buffer (``Step.scratch``). A
    reshape's output, and an output computed in place, lie at the offset of the input they share. ``peak_step`` is the
    step with the most live bytes, ``lower_bound_bytes`` of them; -1 means: when the inputs are written. ``notes``:
    ``buffer_align``, the alignment of offsets, and ``optimal``, whether no packing at that alignment is smaller.
    """

    graph: Graph
    steps: tuple[Step, ...]
    buffers: Mapping[str, Buffer]
    arena_bytes: int
    arena_align: int
    lower_bound_bytes: int
    peak_step: int
    rounding: str
    rejected: tuple[Rejected, ...] = ()
    notes: Mapping[str, Any] | None = None
