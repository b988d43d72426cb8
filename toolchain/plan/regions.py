"""What goes into a board's fast RAM (``fast = true`` in board.toml): the arena where it fits, then constants.

Constants are copied from flash when the firmware starts. Those that are read most often for their size come first: the
weights of a layer are read again for its pixels, about as often as it has pixels.

Units:  bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from toolchain.ir import Array, FastMemory, Program, Step, Value
from toolchain.plan.select import Objective
from toolchain.targets import Board

#: What stack, record of a fault and padding may take of the memory that they share with the arena.
STACK_BYTES = 8192


def fast_memory(program: Program, board: Board, objective: Objective,
                ram_bytes: int | None = None) -> FastMemory | None:
    """Return what lies in the fast RAM; None on a board without one.

    Constants only where latency is what is to be small, and within a budget of ``ram_bytes`` for all RAM.
    """
    memory = board.fast_region()
    if memory is None:
        return None
    room = memory.size_bytes - memory.reserve_bytes
    room -= STACK_BYTES if board.stack_region() == memory else 0
    arena = program.arena_bytes <= room
    room -= program.arena_bytes if arena else 0
    if ram_bytes is not None:
        room = min(room, ram_bytes - program.arena_bytes - STACK_BYTES)
    constants: list[tuple[int, str]] = []
    if objective is Objective.LATENCY:
        for array, users in _by_reads(program):
            if array.nbytes <= room:
                constants += users
                room -= array.nbytes
    return FastMemory(memory.name, arena, tuple(sorted(constants)))


def _by_reads(program: Program) -> list[tuple[Array, list[tuple[int, str]]]]:
    """Return every different array with its users, the one that is read most often first."""
    users: dict[tuple[str, bytes], list[tuple[int, str]]] = {}
    arrays: dict[tuple[str, bytes], Array] = {}
    reads: dict[tuple[str, bytes], int] = {}
    for step in program.steps:
        for field, value in _fields(step):
            if isinstance(value, np.ndarray) and value.size:
                key = value.dtype.name, np.ascontiguousarray(value).tobytes()
                arrays.setdefault(key, value)
                if (step.index, field) not in users.setdefault(key, []):
                    users[key].append((step.index, field))
                    reads[key] = reads.get(key, 0) + math.prod(step.shape[:-1])
    return [(arrays[key], users[key]) for key in sorted(users, key=lambda k: (-reads[k], users[k]))]


def _fields(step: Step) -> Iterator[tuple[str, Value]]:
    for params in step.stream.params if step.stream else (step.params,):
        yield from params.items()
