"""``process://PATH``: a serial port whose device is a program on this machine, on its standard input and output."""

from __future__ import annotations

import os
import select
import subprocess
import tempfile
import time

import serial

SCHEME = "process://"


class Serial:
    """The part of ``serial.Serial`` that the client uses, over two pipes."""

    def __init__(self, url: str | None = None, *_: object, timeout: float | None = None, **__: object) -> None:
        self.port = self.name = url or ""
        self.timeout = timeout
        self.is_open = False
        self._buffer = bytearray()

    def command(self) -> list[str]:
        """Return the command that starts the program."""
        return [self.port.removeprefix(SCHEME)]

    def open(self) -> None:
        """Start the program."""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed in close)
        try:
            self._process = subprocess.Popen(self.command(), stdin=subprocess.PIPE, bufsize=0,
                                             stdout=subprocess.PIPE, stderr=self._errors)
        except OSError as exc:
            self._errors.close()
            raise serial.SerialException(f"cannot start {self.command()[0]}: {exc.strerror}") from exc
        assert self._process.stdin is not None and self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self.is_open = True

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read at once."""
        if not self._buffer:
            self._receive(0)
        return len(self._buffer)

    def read(self, size: int = 1) -> bytes:
        """Return up to ``size`` bytes; fewer when ``timeout`` passes first."""
        deadline = None if self.timeout is None else time.monotonic() + self.timeout
        while len(self._buffer) < size:
            wait = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not self._receive(wait):
                break
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def write(self, data: bytes) -> int:
        """Send all bytes."""
        try:
            self._stdin.write(data)
        except (BrokenPipeError, ValueError) as exc:
            raise serial.SerialException(self._death()) from exc
        return len(data)

    def reset_input_buffer(self) -> None:
        """Forget what was received."""
        while self._receive(0):
            pass
        self._buffer.clear()

    def close(self) -> None:
        """End the program; the end of its input asks it to, a kill follows."""
        if not self.is_open:
            return
        self.is_open = False
        self._stdin.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stdout.close()
        self._errors.close()

    def _receive(self, wait: float | None) -> bool:
        """Take what the program wrote into the buffer; False when nothing came in time."""
        ready, _, _ = select.select([self._stdout], [], [], wait)
        if not ready:
            return False
        data = os.read(self._stdout.fileno(), 65536)
        if not data:
            raise serial.SerialException(self._death())
        self._buffer += data
        return True

    def _death(self) -> str:
        code = self._process.wait()
        self._errors.seek(0)
        text = self._errors.read().decode("utf-8", "replace").strip()
        return f"the program ended with code {code}" + (f"\n{text}" if text else "")
