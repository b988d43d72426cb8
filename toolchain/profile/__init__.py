"""Profile: cycles and instructions of every layer, and the stack, of one inference. See docs/architecture.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from toolchain.artifacts import RunResult
from toolchain.ir import Array, Program

if TYPE_CHECKING:
    from toolchain.runners.protocol import Client

__all__ = ["profile"]


def profile(client: Client, program: Program, inputs: Sequence[Array] | None = None, *,
            model_hash: str | None = None) -> RunResult:
    """Return the profile and the outputs of one inference on ``inputs`` (int8, without a vector axis; zeros if None).

    Cycles are None where the device cannot count them. A board counts a whole run; a simulator, which counts in a slow
    mode of its own, the sum of the layers. Raises VerificationError when the device runs another model.
    """
    client.require_model(program, model_hash)
    graph = program.graph
    if inputs is None:
        inputs = [np.zeros(graph.tensors[name].shape[1:], np.int8) for name in graph.inputs]
    outputs, cycles = client.infer(inputs, [graph.tensors[name].shape[1:] for name in graph.outputs])
    layers = client.profile(inputs)
    known = [layer.cycles for layer in layers if layer.cycles is not None]
    instructions = [layer.instructions for layer in layers if layer.instructions is not None]
    complete = len(known) == len(layers)
    return RunResult(runner=client.runner, outputs=tuple(y[np.newaxis] for y in outputs),
                     cycles=cycles if cycles is not None else (sum(known) if complete else None),
                     instructions=sum(instructions) if len(instructions) == len(layers) else None,
                     layers=tuple(layers), stack_bytes=client.stack(), source=client.source,
                     error_band=client.error_band, processor=client.processor)
