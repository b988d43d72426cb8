"""``simulator://ELF?board=NAME``: a serial port whose device is firmware on the simulator, in this process.

Optional ``limit=SECONDS``: how long one request may be computed before the firmware is taken to hang; ten
times that while cycles are counted.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import parse_qs

import serial

from toolchain import targets
from toolchain.runners.simulator.machine import Machine

SCHEME = "simulator://"


class Serial:
    """The part of ``serial.Serial`` that the client uses. Time does not pass while nobody reads."""

    def __init__(self, url: str | None = None, *_: object, timeout: float | None = None, **__: object) -> None:
        self.port = self.name = url or ""
        self.timeout = timeout

    def open(self) -> None:
        """Load the firmware and run it until it waits for its first request."""
        path, _, query = self.port.removeprefix(SCHEME).partition("?")
        options = {key: values[-1] for key, values in parse_qs(query).items()}
        if "board" not in options:
            raise serial.SerialException("the URL needs a board: simulator://firmware.elf?board=NAME")
        self.machine = Machine(Path(path), targets.load(options["board"]), float(options.get("limit", "30")))
        self.machine.run()

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once."""
        return len(self.machine.uart.sent)

    @property
    def counts_cycles(self) -> bool:
        """True inside ``counting``: only there the firmware's cycle counter shows cycles."""
        return self.machine.counts_cycles

    def counting(self) -> AbstractContextManager[None]:
        """Count cycles and instructions inside the block."""
        return self.machine.counting()

    def layer_counts(self) -> dict[int, tuple[int, int]]:
        """Return cycles and instructions by layer, of the last profile inside ``counting``."""
        counter = self.machine.counter
        return {} if counter is None else {k: (round(c.cycles), c.instructions) for k, c in counter.layers.items()}

    def read(self, size: int = 1) -> bytes:
        """Return up to ``size`` bytes. Fewer means that no more will come: the firmware waits for input."""
        sent = self.machine.uart.sent
        if len(sent) < size and self.machine.uart.received:
            self.machine.run()
        data = bytes(sent[:size])
        del sent[:size]
        return data

    def write(self, data: bytes) -> int:
        """Send all bytes."""
        self.machine.uart.received += data
        return len(data)

    def reset_input_buffer(self) -> None:
        """Forget what was received."""
        self.machine.uart.sent.clear()

    def close(self) -> None:
        """Stop the simulator."""
        self.machine.close()
