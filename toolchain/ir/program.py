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
Value: TypeAlias = "int | float | Array | tuple[int, ...]"


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
class StripRun:
    """Strips that a streamed step computes alike; ``params`` -1: nothing is computed.

    They are those with t % phases == ``phase`` and n = t / phases < ``end``, from where the run before it ends. An
    address of the arena is then ``offset + n * step``, each a pair below. Before the call ``kept_bytes`` bytes at
    ``kept`` (rows that are still needed) are moved to the start of the line buffer.
    """

    phase: int
    end: int
    params: int
    inputs: tuple[tuple[int, int], ...]
    output: tuple[int, int]
    kept: int
    kept_bytes: int


@dataclass(frozen=True)
class Stream:
    """How a step computes its rows in strips, in turn with the other steps of its group.

    ``group`` is the index of the group's first step, in whose place all of them run. ``params`` are those of the calls;
    ``lines`` the buffer that holds the last rows of the output, None for the group's last step, which writes all rows.
    """

    group: int
    strips: int
    phases: int
    params: tuple[Mapping[str, Value], ...]
    runs: tuple[StripRun, ...]
    lines: str | None


@dataclass(frozen=True)
class StepPart:
    """A call that computes some rows of a step's output, while others compute the rest.

    ``inputs``, ``output`` and ``scratch`` are bytes from the start of the step's buffers.
    """

    params: Mapping[str, Value]
    inputs: tuple[int, ...]
    output: int
    scratch: int


@dataclass(frozen=True)
class Step:
    """One call ``kernel(&params, inputs..., outputs..., scratch)``, or with ``stream`` one for every strip of rows.

    With ``parts`` these calls are made in its place, by several threads.

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
    stream: Stream | None = None
    parts: tuple[StepPart, ...] = ()


@dataclass(frozen=True)
class Rejected:
    """A kernel that was considered for a step and not chosen, with the reason."""

    step: str
    kernel: str
    reason: str


@dataclass(frozen=True)
class FastMemory:
    """What lies in a board's fast RAM: the whole arena or none of it, and constants by (index of the step, field)."""

    region: str
    arena: bool
    constants: tuple[tuple[int, str], ...]


@dataclass(frozen=True, eq=False)
class Program:
    """Steps in order and the memory map. ``graph`` is the quantised graph that the steps compute.

    ``buffers`` has one entry per activation tensor, by tensor name, and one per scratch buffer (``Step.scratch``). A
    reshape's output, and an output computed in place, lie at the offset of the input they share. An output may also lie
    over an input that its step reads for the last time. A tensor inside a group of streamed steps never exists whole:
    the line buffer ``Stream.lines`` stands for it. ``peak_step`` is the
    step with the most live bytes, ``lower_bound_bytes`` of them; -1 means: when the inputs are written. ``notes``:
    ``buffer_align``, the alignment of offsets, and ``optimal``, whether no packing at that alignment is smaller.
    ``fast``: None on a board with one kind of RAM. ``threads``: how many compute the parts of steps that have parts.
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
    fast: FastMemory | None = None
    threads: int = 1
