"""Ports that go wrong on purpose: a lossy line, a line that breaks, a device that resets in the middle."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import serial

from toolchain.runners import frames
from toolchain.runners.frames import Frame, Request


class Wrapper:
    """Hands everything on to another port."""

    def __init__(self, port: Any) -> None:
        self.inner = port

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    @property
    def timeout(self) -> float | None:
        return self.inner.timeout

    @timeout.setter
    def timeout(self, seconds: float | None) -> None:
        self.inner.timeout = seconds


class LossyPort(Wrapper):
    """Drops, flips, doubles and delays bytes in both directions, each with ``probability``, as ``seed`` has it."""

    def __init__(self, port: Any, kinds: str, probability: float, seed: int) -> None:
        super().__init__(port)
        self.kinds, self.probability, self.random = kinds, probability, random.Random(seed)
        self.faults = 0
        self._late = b""

    def read(self, size: int = 1) -> bytes:
        data = self._late + self._spoil(self.inner.read(size))
        self._late = b""
        if "delay" in self.kinds and data and self.random.random() < self.probability * 300:
            self.faults += 1
            cut = self.random.randrange(len(data))
            data, self._late = data[:cut], data[cut:]
        return data

    def write(self, data: bytes) -> int:
        self.inner.write(self._spoil(data))
        return len(data)

    def _spoil(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            kind = self.random.choice(self.kinds.split()) if self.random.random() < self.probability else "none"
            self.faults += kind not in ("none", "delay")
            if kind == "drop":
                continue
            out.append(byte ^ (1 << self.random.randrange(8)) if kind == "flip" else byte)
            if kind == "double":
                out.append(byte)
        return bytes(out)


class OlderDevicePort(Wrapper):
    """A device from before INFER: HELLO ends with the name, and INFER is no request."""

    def __init__(self, port: Any) -> None:
        super().__init__(port)
        self._decoder = frames.Decoder()

    def read(self, size: int = 1) -> bytes:
        found = list(self._decoder.feed(self.inner.read(size)))
        hello = Request.HELLO | frames.ANSWER
        return b"".join(frames.encode(replace(f, payload=f.payload[:-3]) if f.type == hello else f) for f in found)

    def write(self, data: bytes) -> int:
        assert all(f.type != Request.INFER for f in frames.Decoder().feed(data))
        return int(self.inner.write(data))


class BreakingPort(Wrapper):
    """Fails for good after a number of writes, as a cable that is pulled out."""

    def __init__(self, port: Any, writes: int) -> None:
        super().__init__(port)
        self.left = writes

    def write(self, data: bytes) -> int:
        if self.left == 0:
            raise serial.SerialException("device disconnected")
        self.left -= 1
        return int(self.inner.write(data))


class ResettingPort(Wrapper):
    """Resets the device before the writes whose numbers are in ``when``."""

    def __init__(self, port: Any, when: set[int]) -> None:
        super().__init__(port)
        self.when, self.writes = when, 0

    def write(self, data: bytes) -> int:
        self.writes += 1
        if self.writes in self.when:
            self.inner.write(b"\0" + frames.encode(Frame(frames.VERSION, 250, Request.RESET, b"")))
        return int(self.inner.write(data))
