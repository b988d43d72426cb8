"""Finds the layer that makes a difference: halves the steps, comparing all that lives in the arena after one.

The layer found is guilty by itself: everything alive before it is right, something alive after it is wrong. A layer
that writes outside its output is found too, by the buffer that it spoils.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from toolchain.ir import Array, Buffer, Program, as_bytes, ordinals
from toolchain.numerics import Rounding
from toolchain.ops.execute import run_integer

if TYPE_CHECKING:
    from toolchain.runners.base import Device

#: Inputs of one vector -> every activation by tensor name.
Reference = Callable[[Sequence[Array]], Mapping[str, Array]]


def integer_reference(program: Program) -> Reference:
    """Return the reference that runs the program's graph in integers."""
    def reference(inputs: Sequence[Array]) -> Mapping[str, Array]:
        values: dict[str, Array] = {}
        run_integer(program.graph, [x[np.newaxis] for x in inputs], Rounding(program.rounding), values.__setitem__)
        return values

    return reference


def first_difference(client: Device, program: Program, inputs: Sequence[Array],
                     reference: Reference) -> tuple[str | None, str]:
    """Return the first layer after which the arena is wrong, as ``layerNN name``, and the element that shows it."""
    expected = reference(inputs)

    def wrong_after(step: int) -> str:
        for buffer in live_buffers(program, step):
            if buffer.name in expected and (problem := _compare(client, inputs, step, buffer, expected[buffer.name])):
                return problem
        return ""

    good, bad = -1, len(program.steps) - 1
    problem = wrong_after(bad)
    if not problem:
        return None, "layer by layer the outputs are right, in one run they are not: layers disturb each other"
    while bad - good > 1:
        middle = (good + bad) // 2
        if found := wrong_after(middle):
            bad, problem = middle, found
        else:
            good = middle
    step = program.steps[bad]
    return f"layer{bad:02d} {step.origin.module or step.name}", f"{step.kernel}, {problem}"


def live_buffers(program: Program, step: int) -> list[Buffer]:
    """Return the buffers whose bytes matter after a step, its outputs first; one of those that share their bytes."""
    live = [b for b in program.buffers.values() if b.first_step == step or b.first_step < step < b.last_step]
    unique = {(b.offset, b.size_bytes): b for b in live}
    return sorted(unique.values(), key=lambda b: -b.first_step)


def _compare(client: Device, inputs: Sequence[Array], step: int, buffer: Buffer, expected: Array) -> str:
    dumped = client.dump([as_bytes(x[np.newaxis])[0] for x in inputs], step, buffer.offset, buffer.size_bytes)
    got, wanted = np.frombuffer(dumped, dtype=expected.dtype), np.ascontiguousarray(expected).reshape(-1)
    different = np.nonzero(ordinals(got) != ordinals(wanted))[0]
    if not different.size:
        return ""
    first = int(different[0])
    index = ", ".join(map(str, np.unravel_index(first, expected.shape[1:])))
    return (f"{buffer.name}: {different.size} of {wanted.size} elements differ, first [{index}]: "
            f"expected {wanted[first]}, got {got[first]}")
