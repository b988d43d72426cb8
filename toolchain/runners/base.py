"""What a runner is: a way to bring firmware up behind a serial URL. Each file or folder of one defines ``RUNNER``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from toolchain.artifacts import Firmware
from toolchain.targets import Target


@dataclass(frozen=True)
class Runner:
    """``open`` starts what must run and yields the URL of the firmware's serial port (for pyserial's serial_for_url).

    ``source`` says of a target where its cycle counts come from (measured, simulated, estimated) and their error band.
    ``missing`` says what is not installed, and how to get it; None when the runner can be used. ``machines`` are the
    targets to run firmware of one target on, where it shall run on several processors; ``processor`` names each one's.
    """

    name: str
    description: str
    open: Callable[[Firmware, Target], AbstractContextManager[str]]
    source: Callable[[Target], tuple[str, str]]
    missing: Callable[[], str | None] = lambda: None
    machines: Callable[[Target], tuple[Target, ...]] = lambda target: (target,)
    processor: Callable[[Target], str] = lambda target: ""
