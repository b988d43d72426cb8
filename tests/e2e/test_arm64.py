"""A network for Arm64 and Armv7-A: NEON kernels, 0 differing elements on NEON alone, with SDOT and with I8MM."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.verify import small
from toolchain import compilers, emit, plan, runners, targets, verify
from toolchain.numerics import Rounding
from toolchain.ops.execute import run_integer
from toolchain.targets import Target

HASH = "0011223344556677"
TARGET = targets.load("linux-arm64")


def test_layers_take_neon_kernels_and_the_sources_those_of_every_extension() -> None:
    program = plan.plan(small.graph(), TARGET)
    assert all(step.isa == "neon" for step in program.steps if step.macs)
    tree = emit.emit(program, TARGET, emit.Info("small", "0", HASH))
    with_flags = {path for path in tree.link if TARGET.core.isa_flags(path, "zig")}
    assert with_flags == {"src/tc_multiply_dotprod.c", "src/tc_multiply_i8mm.c"}


def test_armv7_takes_the_same_kernels_without_the_files_of_arm64() -> None:
    target = targets.load("android-armv7")
    program = plan.plan(small.graph(), target)
    assert [s.kernel for s in program.steps] == [s.kernel for s in plan.plan(small.graph(), TARGET).steps]
    assert all(step.isa == "armv7" for step in program.steps if step.macs)
    files = emit.emit(program, target, emit.Info("small", "0", HASH)).files
    assert "src/tc_multiply_armv7.c" in files
    assert not files.keys() & {f"src/tc_{name}" for name in ("multiply_neon.c", "multiply_base.c", "processor.c")}


def test_portable_c_is_chosen_for_other_processors() -> None:
    for name in ("android-x86_64", "android-x86"):
        assert all(step.isa == "ref" for step in plan.plan(small.graph(), targets.load(name)).steps)


@pytest.mark.skipif(shutil.which("qemu-aarch64") is None, reason="qemu-user is not installed")
@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("target", [TARGET, targets.load("android-armv7")], ids=lambda t: t.name)
def test_a_network_is_exact_on_every_processor(target: Target, rounding: Rounding, tmp_path: Path) -> None:
    graph = small.graph()
    program = plan.plan(graph, target, rounding=rounding)
    inputs = [np.random.default_rng(0).integers(-128, 128, (4, *graph.tensors[n].shape[1:])).astype(np.int8)
              for n in graph.inputs]
    expected = run_integer(graph, inputs, rounding)
    tree = emit.emit(program, target, emit.Info("small", "0", HASH))
    firmware = compilers.find("zig", target).build(tree, target, tmp_path)
    results = []
    for machine in runners.machines(target):
        with runners.open_device(firmware, machine) as client:
            results.append(verify.verify(client, program, inputs, expected, model_hash=HASH)[0])
    whole = verify.together(results)
    assert target.board.qemu_user is not None
    assert whole.processors == tuple(cpu.split(",")[0] for cpu in target.board.qemu_user.cpus)
    assert (whole.vectors, whole.differing_elements) == (4, 0)
    assert whole.elements == len(results) * sum(y.size for y in expected)
