"""Lines that go wrong on purpose, frame by frame, and a device behind a pseudo-terminal that outlives conversations."""

from __future__ import annotations

import contextlib
import os
import random
import select
import threading
import time
import tty
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.runners.faults import Wrapper
from toolchain import targets
from toolchain.runners import frames
from toolchain.runners.frames import Frame, Request
from toolchain.runners.simulator.machine import Machine

#: What can happen to the bytes of a frame, and to the device.
ON_THE_LINE = ("dropped byte", "flipped bit", "doubled byte", "delayed answer")
IN_THE_DEVICE = ("reset before a request", "no answer", "brown-out at RUN")
RESET = b"\0" + frames.encode(Frame(frames.VERSION, 250, Request.RESET, b""))
#: How far an inference has come when the supply breaks down.
BROWN_OUT_INSTRUCTIONS = 2000


class FaultyLine:
    """Spoils requests and answers, each with ``probability``, by one of ``kinds``; ``counts`` has what was done."""

    def __init__(self, kinds: tuple[str, ...], probability: float, seed: int = 0) -> None:
        self.kinds, self.probability, self.random = kinds, probability, random.Random(seed)
        self.counts: Counter[str] = Counter()
        self._held = b""

    def _kind(self, possible: tuple[str, ...]) -> str:
        kinds = [kind for kind in self.kinds if kind in possible]
        if not kinds or self.random.random() >= self.probability:
            return ""
        kind = self.random.choice(kinds)
        self.counts[kind] += 1
        return kind

    def request(self, data: bytes, machine: Machine | None) -> bytes:
        """Return what reaches the device of a request; ``machine`` is the simulator that it runs on, if it does."""
        runs = any(f.type in (Request.RUN, Request.INFER) for f in frames.Decoder().feed(data))
        device = IN_THE_DEVICE if runs and machine is not None else IN_THE_DEVICE[:2]
        kind = self._kind((*ON_THE_LINE[:3], *device))
        if kind == "brown-out at RUN" and machine is not None:
            machine.fail_power_after(BROWN_OUT_INSTRUCTIONS + self.random.randrange(BROWN_OUT_INSTRUCTIONS))
        return b"" if kind == "no answer" else RESET + data if kind.startswith("reset") else self._spoil(data, kind)

    def answer(self, data: bytes) -> bytes:
        """Return what reaches the host of an answer; one that is held back comes before the next."""
        kind = self._kind(ON_THE_LINE) if data else ""
        held, self._held = self._held, b""
        if kind == "delayed answer":
            self._held = data
            return held
        return held + self._spoil(data, kind)

    def _spoil(self, data: bytes, kind: str) -> bytes:
        if not data or not kind:
            return data
        at = self.random.randrange(len(data))
        byte = data[at : at + 1]
        changed = {"dropped byte": b"", "doubled byte": byte * 2}.get(
            kind, bytes([byte[0] ^ 1 << self.random.randrange(8)])
        )
        return data[:at] + changed + data[at + 1 :]


class FaultyPort(Wrapper):
    """A port behind a faulty line; answers of one device come one at a time."""

    def __init__(self, port: Any, line: FaultyLine) -> None:
        super().__init__(port)
        self.line = line

    def write(self, data: bytes) -> int:
        self.inner.write(self.line.request(data, getattr(self.inner, "machine", None)))
        return len(data)

    def read(self, size: int = 1) -> bytes:
        data = self.inner.read(size)
        while data and not data.endswith(b"\0") and (more := self.inner.read(max(1, self.inner.in_waiting))):
            data += more
        return self.line.answer(data)


class PacedPort(Wrapper):
    """Sends and receives no faster than a serial line: ten bits a byte."""

    def __init__(self, port: Any, baud: int = 115200) -> None:
        super().__init__(port)
        self.byte_s = 10 / baud

    def write(self, data: bytes) -> int:
        for start in range(0, len(data), 16):
            time.sleep(len(data[start : start + 16]) * self.byte_s)
            self.inner.write(data[start : start + 16])
        return len(data)

    def read(self, size: int = 1) -> bytes:
        data: bytes = self.inner.read(size)
        time.sleep(len(data) * self.byte_s)
        return data


class Terminal:
    """Firmware on the simulator behind a pseudo-terminal, whose name is ``port``, as a board on a serial port."""

    def __init__(self, elf: Path, board: str, baud: int = 0, line: FaultyLine | None = None) -> None:
        self.machine = Machine(elf, targets.load(board))
        self.line = line or FaultyLine((), 0)
        self._byte_s = 10 / baud if baud else 0.0
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()
        self.machine.close()
        os.close(self._master)
        os.close(self._slave)

    def _serve(self) -> None:
        self.machine.run()
        pending = b""
        while not self._closed.is_set():
            if not select.select([self._master], [], [], 0.05)[0]:
                continue
            data = os.read(self._master, 4096)
            time.sleep(len(data) * self._byte_s)
            *requests, pending = (pending + data).split(b"\0")
            for request in requests:
                self._exchange(request + b"\0")

    def _exchange(self, request: bytes) -> None:
        self.machine.uart.received += self.line.request(request, self.machine)
        if self.machine.uart.received:
            self.machine.run()
        answer = self.line.answer(bytes(self.machine.uart.sent))
        self.machine.uart.sent.clear()
        time.sleep(len(answer) * self._byte_s)
        os.write(self._master, answer)


@contextlib.contextmanager
def terminal(elf: Path, board: str, baud: int = 0, line: FaultyLine | None = None) -> Iterator[Terminal]:
    """Yield firmware behind a pseudo-terminal."""
    one = Terminal(elf, board, baud, line)
    try:
        yield one
    finally:
        one.close()
