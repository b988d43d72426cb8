"""Every board that QEMU emulates boots our firmware, from reset to its UART and back through a reset."""

from __future__ import annotations

import re
import select
import shutil
import subprocess
import time

import pytest

from tests.compilers import trees
from toolchain import targets

BOARDS = [name for name, board in targets.boards().items() if board.qemu is not None]
PATIENCE_S = 30  # for a loaded machine; a boot takes a fraction of a second


def read_line(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    """Return what the firmware writes up to a newline, or as much as came before the deadline."""
    assert process.stdout is not None
    text = b""
    while not text.endswith(b"\n"):
        left = max(0.0, deadline - time.monotonic())
        if not select.select([process.stdout], [], [], left)[0]:
            break
        byte = process.stdout.read(1)
        if not byte:
            break
        text += byte
    return text


@pytest.mark.parametrize("kind", ["gcc", "clang", "zig"])
@pytest.mark.parametrize("name", [*BOARDS, "cortex-m85"])
def test_board_boots_and_resets(name: str, kind: str) -> None:
    qemu = shutil.which("qemu-system-arm")
    if qemu is None:
        pytest.skip("qemu-system-arm is not installed")
    firmware, board = trees.demo(kind, name), targets.load(name).board
    assert board.qemu is not None
    others = ["-serial", "null"] * board.qemu.serial_index
    command = [qemu, "-M", board.qemu.machine, "-display", "none", "-monitor", "none", *others, "-serial", "stdio",
               "-kernel", str(firmware.elf)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               bufsize=0)
    try:
        assert process.stdin is not None
        deadline = time.monotonic() + PATIENCE_S
        first = read_line(process, deadline)
        process.stdin.write(b"r")
        second = read_line(process, deadline)
    finally:
        process.kill()
        process.wait()
    match = re.fullmatch(rb"hello stack=(\d+)\r\n", first)
    assert match, first
    assert second == first, "a reset starts afresh, with .data and .bss as they were"
    # The bound covers what was used; no exception was taken, so that its frame stays free.
    assert firmware.sizes.inference_stack_bytes <= int(match[1]) <= firmware.sizes.stack_bytes - 36
