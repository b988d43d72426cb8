"""Runner ``qemu``: the firmware on qemu-system-arm, its UART on a TCP port. It counts instructions and no cycles.

Source: QEMU documentation, "Arm MPS2 and MPS3 boards" and "-chardev socket" (fd).
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from toolchain.artifacts import Firmware
from toolchain.errors import TargetError, ToolError
from toolchain.runners import qemu_plugin
from toolchain.runners.base import Runner
from toolchain.targets import Target

PROGRAM = "qemu-system-arm"


@contextlib.contextmanager
def _open(firmware: Firmware, target: Target) -> Iterator[str]:
    with (tempfile.TemporaryFile() as output, tempfile.TemporaryDirectory(prefix="toolchain-qemu-") as folder,
          socket.create_server(("127.0.0.1", 0)) as listener):
        counts = qemu_plugin.Counts.create(Path(folder))
        command = [*_command(firmware, target, listener.fileno()),
                   *qemu_plugin.arguments(PROGRAM, firmware.elf, counts)]
        process = subprocess.Popen(command, pass_fds=[listener.fileno()], stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=output)
        port = listener.getsockname()[1]
        listener.close()  # from now on it is QEMU's alone
        try:
            yield f"qemu://127.0.0.1:{port}?{quote(str(counts.path))}"
        except ToolError as error:
            if process.poll() is not None:
                output.seek(0)
                text = output.read().decode("utf-8", "replace").strip()
                error.details += (("QEMU", f"ended with code {process.returncode}\n{text}".strip()),)
            raise
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _command(firmware: Firmware, target: Target, listener: int) -> list[str]:
    """Return QEMU's command line; it takes over the socket ``listener``, which is listening already."""
    qemu = target.board.qemu
    if qemu is None:
        raise TargetError(f"QEMU has no machine for board {target.board.name}",
                          [("where", f"targets/boards/{target.board.name}/board.toml")], "--runner simulator")
    if message := _missing():
        raise ToolError(f"{PROGRAM} is not installed", hints=message)
    cpu = ["-cpu", qemu.cpu] if qemu.cpu else []
    return [PROGRAM, "-M", qemu.machine, *cpu, "-kernel", str(firmware.elf), "-display", "none", "-monitor", "none",
            "-chardev", f"socket,id=protocol,fd={listener},server=on,wait=off,nodelay=on",
            *["-serial", "null"] * qemu.serial_index, "-serial", "chardev:protocol"]


def _missing() -> str | None:
    return None if shutil.which(PROGRAM) else "apt install qemu-system-arm"


RUNNER = Runner("qemu", "QEMU system emulation, without cycles", _open, lambda target: ("estimated", ""), _missing,
                counts_cycles=False)
