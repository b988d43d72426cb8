"""Runner ``qemu``: the firmware on qemu-system-arm, its UART on a TCP port (``socket://``). It counts no cycles.

Source: QEMU documentation, "Arm MPS2 and MPS3 boards" and "-serial tcp".
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from typing import IO

from toolchain.artifacts import Firmware
from toolchain.errors import TargetError, ToolError
from toolchain.runners.base import Runner
from toolchain.targets import Target

PROGRAM = "qemu-system-arm"
START_S = 20.0


@contextlib.contextmanager
def _open(firmware: Firmware, target: Target) -> Iterator[str]:
    with tempfile.TemporaryFile() as errors:
        port = _free_port()
        process = _start(firmware, target, port, errors)
        try:
            _wait_until_listening(process, port, errors)
            yield f"socket://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _start(firmware: Firmware, target: Target, port: int, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    qemu = target.board.qemu
    if qemu is None:
        raise TargetError(f"QEMU has no machine for board {target.board.name}",
                          [("where", f"targets/boards/{target.board.name}/board.toml")], "--runner simulator")
    if message := _missing():
        raise ToolError(f"{PROGRAM} is not installed", hints=message)
    line = f"tcp:127.0.0.1:{port},server=on,wait=off,nodelay=on"
    serial = [*["-serial", "null"] * qemu.serial_index, "-serial", line]
    cpu = ["-cpu", qemu.cpu] if qemu.cpu else []
    return subprocess.Popen([PROGRAM, "-M", qemu.machine, *cpu, "-kernel", str(firmware.elf), "-display", "none",
                             "-monitor", "none", *serial], stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_listening(process: subprocess.Popen[bytes], port: int, errors: IO[bytes]) -> None:
    """Return once QEMU accepts connections; the trial is closed again, unused: firmware only answers requests."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    errors.seek(0)
    text = errors.read().decode("utf-8", "replace").strip()
    raise ToolError(f"{PROGRAM} did not start: exit code {process.poll()}", [("output", text)] if text else [])


def _missing() -> str | None:
    return None if shutil.which(PROGRAM) else "apt install qemu-system-arm"


RUNNER = Runner("qemu", "QEMU system emulation, no cycles", _open, lambda target: ("estimated", ""), _missing)
