"""What a device is, and what a runner is: a way to bring firmware up behind a serial URL.

Each file or folder of a runner defines ``RUNNER``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from toolchain.artifacts import Firmware, LayerProfile
from toolchain.ir import Array, Program
from toolchain.targets import Target


class Device(Protocol):
    """What verify and profile need: a client of the serial protocol (protocol.py), or a phone (adb/phone.py)."""

    runner: str
    source: str
    error_band: str
    processor: str

    def require_model(self, program: Program, model_hash: str | None = None) -> None:
        """Raise VerificationError unless the device runs this model."""

    def run_vectors(self, inputs: Sequence[Array], output_shapes: Sequence[Sequence[int]], start: int = 0,
                    on_result: Callable[[int, tuple[Array, ...]], None] | None = None) -> None:
        """Run vectors ``start``.. of ``inputs`` (per model input [V, ...]); ``on_result(index, outputs)`` gets each."""

    def infer(self, inputs: Sequence[Array],
              output_shapes: Sequence[Sequence[int]]) -> tuple[tuple[Array, ...], int | None]:
        """Return the outputs of one inference and its cycles."""

    def profile(self, inputs: Sequence[Array]) -> list[LayerProfile]:
        """Return cycles and instructions of every layer in one inference."""

    def dump(self, inputs: Sequence[Array], layer: int, offset: int, size: int) -> bytes:
        """Return bytes of the arena as they are after ``layer``."""

    def stack(self) -> int | None:
        """Return the deepest use of the stack, in bytes."""


@dataclass(frozen=True)
class Runner:
    """``open`` starts what must run and yields the URL of the firmware's serial port (for pyserial's serial_for_url).

    ``source`` says of a target where its cycle counts come from (measured, simulated, estimated) and their error band.
    ``missing`` says what is not installed, and how to get it; None when the runner can be used. ``machines`` are the
    targets to run firmware of one target on, where it shall run on several processors; ``processor`` names each one's.
    Without ``counts_cycles`` it never says how long an inference takes.
    """

    name: str
    description: str
    open: Callable[[Firmware, Target], AbstractContextManager[str]]
    source: Callable[[Target], tuple[str, str]]
    missing: Callable[[], str | None] = lambda: None
    machines: Callable[[Target], tuple[Target, ...]] = lambda target: (target,)
    processor: Callable[[Target], str] = lambda target: ""
    counts_cycles: bool = True
