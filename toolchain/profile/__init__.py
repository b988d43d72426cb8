"""Profile: cycles and instructions of every layer, the stack, and the energy of an inference. See docs/profiling.md."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from toolchain.artifacts import Profile, RunResult, Spread
from toolchain.ir import DTYPES, Array, Program, as_bytes, byte_shape
from toolchain.profile import mca

if TYPE_CHECKING:
    from toolchain.runners.base import Device
    from toolchain.runners.protocol import Client

__all__ = ["estimated", "profile", "repeated"]
#: What counts on a device, by the name of its cycle kind in HELLO.
COUNTERS = {"DWT": "DWT cycle counter", "SYSTICK": "SysTick", "HOST_NS": "clock of the host, ns", "NONE": "none"}


def profile(client: Device, program: Program, inputs: Sequence[Array] | None = None, *,
            model_hash: str | None = None) -> RunResult:
    """Return the profile and the outputs of one inference on ``inputs`` (without a vector axis; zeros if None).

    Cycles are None where the device cannot count them. A board counts a whole run; a simulator, which counts in a slow
    mode of its own, the sum of the layers. Raises VerificationError when the device runs another model.
    """
    client.require_model(program, model_hash)
    graph = program.graph
    if inputs is None:
        inputs = [np.zeros(graph.tensors[name].shape[1:], DTYPES[graph.tensors[name].dtype]) for name in graph.inputs]
    inputs = [as_bytes(x[np.newaxis])[0] for x in inputs]
    results = [graph.tensors[name] for name in graph.outputs]
    outputs, cycles = client.infer(inputs, [byte_shape(t) for t in results])
    layers = client.profile(inputs)
    known = [layer.cycles for layer in layers if layer.cycles is not None]
    instructions = [layer.instructions for layer in layers if layer.instructions is not None]
    complete = len(known) == len(layers)
    values: tuple[Array, ...] = tuple(
        y.view(DTYPES[t.dtype]).reshape(t.shape) for y, t in zip(outputs, results, strict=True))
    return RunResult(runner=client.runner, outputs=values,
                     cycles=cycles if cycles is not None else (sum(known) if complete else None),
                     instructions=sum(instructions) if len(instructions) == len(layers) else None,
                     layers=tuple(layers), stack_bytes=client.stack(), source=client.source,
                     error_band=client.error_band, processor=client.processor)


def estimated(run: RunResult, elf: Path, cores: Sequence[str]) -> RunResult:
    """Return a run of ``elf`` with the cycles of its blocks on each of the cores, or with the reason why not."""
    estimates, reasons = [], []
    for core in cores:
        try:
            estimates.append(mca.estimate(elf, run.layers, core))
        except mca.NoEstimate as reason:
            reasons.append(str(reason))
    return replace(run, estimates=tuple(estimates), no_estimate="; ".join(dict.fromkeys(reasons)))


def repeated(client: Client, program: Program, inputs: Sequence[Array] | None = None, *, runs: int = 1,
             model_hash: str | None = None) -> Profile:
    """Return the profile of ``runs`` inferences on the same inputs; a simulator counts the same in each."""
    results = [profile(client, program, inputs, model_hash=model_hash) for _ in range(runs)]
    first = results[0]
    simulated = first.cycles is not None and client.runner == "simulator"
    counter = COUNTERS[client.device.cycle_kind.name]
    if client.runner == "qemu-user":
        counter = "QEMU, a cycle for each instruction"
    return Profile(first=first, counter="cycle model" if simulated else counter,
                   runs=runs, cycles=_spread([r.cycles for r in results]),
                   layers=tuple(_spread([r.layers[i].cycles for r in results]) for i in range(len(first.layers))))


def _spread(values: Sequence[int | None]) -> Spread | None:
    known = [value for value in values if value is not None]
    return Spread(min(known), statistics.median_low(known)) if len(known) == len(values) else None
