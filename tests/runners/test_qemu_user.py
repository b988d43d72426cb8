"""Programs for other processors under QEMU's user mode: the same protocol, on every processor that a target names."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import numpy as np
import pytest

from tests.runners import tiny
from toolchain import runners, targets
from toolchain.artifacts import Firmware
from toolchain.errors import TargetError

Build = Callable[..., Firmware]
TARGET = "linux-arm64"


def test_a_target_names_the_processors_one_by_one() -> None:
    target = targets.load(TARGET)
    machines = runners.machines(target)
    assert [m.board.qemu_user.cpus for m in machines if m.board.qemu_user] == [
        ("cortex-a53",), ("cortex-a76",), ("max,sme=off",)]
    assert runners.machines(targets.load("host")) == (targets.load("host"),)
    assert runners.machines(target, port="/dev/ttyUSB0") == (target,)


def test_the_runner_refuses_a_board_that_names_no_processor() -> None:
    board = targets.load(TARGET).board.model_copy(update={"qemu_user": None})
    with pytest.raises(TargetError, match="does not run linux-arm64"):
        runners.machines(targets.load(TARGET).model_copy(update={"board": board}), "qemu-user")


@pytest.mark.skipif(shutil.which("qemu-aarch64") is None, reason="qemu-aarch64 is not installed")
def test_a_program_answers_and_its_instructions_are_counted(build: Build) -> None:
    inputs = [x[0] for x in tiny.vectors(1)]
    counted = []
    for machine in runners.machines(targets.load(TARGET)):
        with runners.open_device(build(TARGET), machine) as client:
            (output,), cycles = client.infer(inputs, tiny.SHAPES)
            assert np.array_equal(output, tiny.layers(*inputs)[-1])
            assert cycles is None, "an emulator's time says nothing"
            layers = client.profile(inputs)
            counted.append([layer.instructions for layer in layers])
            assert counted[-1] == [sum(b.count * b.size_bytes // 4 for b in layer.blocks) for layer in layers]
            assert client.processor == machine.board.qemu_user.cpus[0].split(",")[0]
    assert all(count is not None and count > 300 // 16 for count in counted[0]), "300 elements, at most 16 at once"
    assert counted[0] == counted[1] == counted[2], "portable C is the same on all of them"


def test_files_of_an_extension_take_its_flags_and_no_others_do() -> None:
    core = targets.cores()[TARGET]
    for kind in ("gcc", "clang", "zig"):
        assert any("dotprod" in flag for flag in core.isa_flags("src/tc_multiply_dotprod.c", kind))
        assert any("i8mm" in flag for flag in core.isa_flags("src/tc_multiply_i8mm.c", kind))
        assert core.isa_flags("src/tc_tile_dotprod.h", kind) == core.isa_flags("src/model.c", kind) == ()
