"""The stage itself: run every vector on the device and compare; on a difference, find the layer that makes it.

Shapes: inputs and expected outputs are int8 or float32 [V, ...], one array per model input and output.
Units:  LSB of the int8 outputs; of float32 ones units in the last place, -0 and +0 one apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from toolchain.artifacts import Verification
from toolchain.errors import VerificationError
from toolchain.ir import Array, Program, as_bytes, ordinals
from toolchain.verify.bisect import Reference, first_difference, integer_reference
from toolchain.verify.journal import Journal

if TYPE_CHECKING:
    from toolchain.runners.base import Device


def verify(client: Device, program: Program, inputs: Sequence[Array], expected: Sequence[Array], *,
           model_hash: str | None = None, reference: Reference | None = None, journal: Journal | None = None,
           progress: Callable[[str, int, int], None] | None = None) -> tuple[Verification, tuple[Array, ...]]:
    """Return the comparison and the device's outputs; differences are counted, not raised (``require_equal`` raises).

    ``reference`` gives every activation of one vector by name; without it, the program's graph is run in integers.
    ``progress`` hears how many vectors are through. What ``journal`` has of an earlier run is not run again.
    Raises VerificationError when the device runs another model than ``model_hash`` or ``program``, ToolError when it
    does not answer.
    """
    client.require_model(program, model_hash)
    got = tuple(np.zeros_like(y) for y in expected)

    def keep(index: int, outputs: tuple[Array, ...]) -> None:
        for array, output in zip(got, outputs, strict=True):
            array[index] = output.view(array.dtype).reshape(array.shape[1:])
        if journal is not None and index >= len(journal.done):
            journal.append(index, outputs)
        if progress is not None:
            progress("vectors", index + 1, len(inputs[0]))

    for index, outputs in enumerate(() if journal is None else journal.done):
        keep(index, outputs)
    start = 0 if journal is None else len(journal.done)
    client.run_vectors([as_bytes(x) for x in inputs], [as_bytes(y).shape[1:] for y in expected], start, keep)
    distances = [np.abs(ordinals(a) - ordinals(b)) for a, b in zip(got, expected, strict=True)]
    differing = sum(int(np.count_nonzero(d)) for d in distances)
    layer, detail = None, ""
    if differing:
        vector = min(int(np.nonzero(d.reshape(len(d), -1).any(axis=1))[0][0]) for d in distances if d.any())
        layer, detail = first_difference(client, program, [x[vector] for x in inputs],
                                         reference or integer_reference(program))
        detail = f"vector {vector}: {detail}"
    largest = max((int(d.max()) for d in distances if d.size), default=0)
    processors = (client.processor,) if client.processor else ()
    if detail and processors:
        detail = f"{client.processor}: {detail}"
    return Verification(client.runner, len(inputs[0]), sum(y.size for y in expected), differing, largest, layer,
                        detail, processors), got


def together(results: Sequence[Verification]) -> Verification:
    """Return the comparisons of one firmware on several processors as one: their elements and differences added up."""
    first = next((r for r in results if r.differing_elements), results[0])
    return replace(first, elements=sum(r.elements for r in results),
                   differing_elements=sum(r.differing_elements for r in results),
                   max_difference_lsb=max(r.max_difference_lsb for r in results),
                   processors=tuple(name for r in results for name in r.processors))


def require_equal(verification: Verification) -> None:
    """Raise VerificationError that names the first bad layer when any element differs."""
    if not verification.differing_elements:
        return
    v = verification
    raise VerificationError(
        f"{v.differing_elements} of {v.elements} output elements on {v.runner} differ from the reference, "
        f"by up to {v.max_difference_lsb} LSB",
        [("layer", v.first_bad_layer or "none alone"), ("first", v.detail)], "build again and flash what was built")
