"""Instructions under QEMU: the plugin counts what the simulator counts."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from tests.runners import tiny
from toolchain import runners, targets
from toolchain.artifacts import Firmware
from toolchain.runners import qemu_plugin

BOARD = "mps2-an386"
Build = Callable[..., Firmware]


def counts(build: Build, runner: str, times: int = 1) -> list[int | None]:
    inputs = [x[0] for x in tiny.vectors(1)]
    with runners.open_device(build(BOARD), targets.load(BOARD), runner) as client:
        for _ in range(times):
            layers = client.profile(inputs)
    return [layer.instructions for layer in layers]


@pytest.mark.skipif(shutil.which("qemu-system-arm") is None, reason="qemu-system-arm is not installed")
def test_qemu_counts_the_instructions_that_the_simulator_counts(build: Build) -> None:
    expected = counts(build, "simulator")
    assert None not in expected
    assert counts(build, "qemu") == expected
    assert counts(build, "qemu", times=3) == expected, "a profile counts its own inference only"


def test_without_a_compiler_for_this_computer_nothing_is_counted(build: Build, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    qemu = tmp_path / "qemu-system-arm"
    qemu.write_text("#!/bin/sh\necho QEMU emulator version 7.2.1\n")
    qemu.chmod(0o755)
    counts = qemu_plugin.Counts.create(tmp_path)
    assert qemu_plugin.arguments(str(qemu), build(BOARD).elf, counts) == []


def test_only_the_last_calls_are_kept(tmp_path) -> None:
    kept = qemu_plugin.Counts.create(tmp_path)
    assert (kept.calls(), kept.since(0)) == (0, [])
    total = qemu_plugin.CALLS + 3
    places = [i if i >= 3 else qemu_plugin.CALLS + i for i in range(qemu_plugin.CALLS)]
    kept.path.write_bytes(b"".join(n.to_bytes(8, "little") for n in (total, *places)))
    assert kept.since(total - 2) == [total - 2, total - 1]
    assert kept.since(0) == list(range(3, total))
