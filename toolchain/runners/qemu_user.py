"""Runner ``qemu-user``: the program of another processor on this computer, by QEMU's user mode.

It counts instructions; a cycle for each, at the board's clock, is its estimate of time.

A board may name several processors: a build is verified on each of them (``runners.machines``), so that every kernel
that is chosen when it runs has run.

Source: QEMU documentation, "QEMU User space emulator".
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from toolchain.artifacts import Firmware
from toolchain.errors import TargetError, ToolError
from toolchain.runners import qemu_plugin
from toolchain.runners.base import Runner
from toolchain.targets import QemuUser, Target

HOW = "apt install qemu-user"


@contextlib.contextmanager
def _open(firmware: Firmware, target: Target) -> Iterator[str]:
    qemu = _qemu(target)
    if shutil.which(qemu.program) is None:
        raise ToolError(f"{qemu.program} is not installed", [("needed for", f"running {target.name}")], HOW)
    with tempfile.TemporaryDirectory(prefix="toolchain-qemu-") as folder:
        counts = qemu_plugin.Counts.create(Path(folder))
        plugin = qemu_plugin.arguments(qemu.program, firmware.elf, counts, blocks=True)
        query = {"program": qemu.program, "cpu": qemu.cpus[0]}
        if plugin:
            query |= {"plugin": plugin[1], "counts": str(counts.path)}
        yield f"qemu_user://{firmware.elf}?{urlencode(query)}"


def _qemu(target: Target) -> QemuUser:
    if target.board.qemu_user is None:
        raise TargetError(f"QEMU's user mode does not run {target.board.name}",
                          [("where", f"targets/boards/{target.board.name}/board.toml")])
    return target.board.qemu_user


def _machines(target: Target) -> tuple[Target, ...]:
    """Return the target with each of its processors alone."""
    qemu = _qemu(target)
    boards = (target.board.model_copy(update={"qemu_user": qemu.model_copy(update={"cpus": (cpu,)})})
              for cpu in qemu.cpus)
    return tuple(target.model_copy(update={"board": board}) for board in boards)


def _processor(target: Target) -> str:
    """Return the processor's name, without the switches behind it."""
    return _qemu(target).cpus[0].split(",")[0]


def _missing() -> str | None:
    return None if shutil.which("qemu-aarch64") else HOW


RUNNER = Runner("qemu-user", "a program for another processor, by QEMU's user mode; times are estimated", _open,
                lambda target: ("estimated", ""), _missing, _machines, _processor)
