"""Several threads compute the bits of one, without a data race; a model for one thread knows nothing of them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.emit import host, threads
from tests.ops.harness import random_codes
from toolchain import compilers, plan, program_file, runners, targets, verify
from toolchain.artifacts import SourceTree
from toolchain.emit import Info, emit
from toolchain.errors import UsageError
from toolchain.ir import Array, Graph, Program
from toolchain.numerics import Rounding
from toolchain.ops.execute import run_integer

RUNS = 14  # of tests/emit/threads.py: MAIN
HASH = "0011223344556677"


def planned(graph: Graph, target: str, count: int) -> tuple[Program, SourceTree]:
    chosen = targets.load(target)
    program = plan.plan(graph, chosen, threads=count)
    return program, emit(program, chosen, Info(graph.name, "0", HASH))


def one_input(graph: Graph) -> Array:
    tensor = graph.tensors[graph.inputs[0]]
    return random_codes(np.random.default_rng(3), tensor.shape, tensor.dtype)


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("make", [threads.network, threads.reals])
def test_bits_are_those_of_one_thread_without_a_data_race(
    make: Callable[[], Graph], count: int, tmp_path: Path
) -> None:
    graph = make()
    program, tree = planned(graph, "host", count)
    assert sum(len(step.parts) > 1 for step in program.steps) == threads.DIVIDED[graph.name]
    sources = host.write(tree, tmp_path)
    main = tmp_path / "main.c"
    main.write_text(threads.MAIN % {"name": graph.name})
    flags = ["-g", "-O1", "-pthread", "-fsanitize=thread", f"-I{tmp_path / 'src'}"]
    host.run(
        [
            "gcc",
            "-std=c99",
            *host.WARNINGS,
            *flags,
            "-c",
            str(tmp_path / "src/tc_pool.c"),
            "-o",
            str(tmp_path / "pool.o"),
        ]
    )
    host.run(["gcc", "-std=c11", *flags, str(main), *map(str, sources), "-o", str(tmp_path / "model")])
    x = one_input(graph)
    result = subprocess.run([str(tmp_path / "model")], input=x.tobytes(), capture_output=True, check=False)
    assert result.returncode == 0, result.stderr.decode()
    (expected,) = run_integer(graph, [x], Rounding.DOUBLE)
    assert result.stdout == expected.tobytes() * RUNS


@pytest.mark.skipif(shutil.which("qemu-aarch64") is None, reason="qemu-user is not installed")
@pytest.mark.parametrize(("make", "count"), [(threads.network, 4), (threads.reals, 2)])
def test_bits_on_arm64_are_those_of_one_thread(make: Callable[[], Graph], count: int, tmp_path: Path) -> None:
    graph, target = make(), targets.load("linux-arm64")
    program, tree = planned(graph, "linux-arm64", count)
    assert sum(len(step.parts) > 1 for step in program.steps) == threads.DIVIDED[graph.name]
    x = one_input(graph)
    expected = run_integer(graph, [x], Rounding.DOUBLE)
    firmware = compilers.find("zig", target).build(tree, target, tmp_path)
    for machine in runners.machines(target):
        with runners.open_device(firmware, machine) as client:
            assert verify.verify(client, program, [x], expected, model_hash=HASH)[0].differing_elements == 0


@pytest.mark.parametrize("target", ["host", "linux-arm64", "android-armv7"])
@pytest.mark.parametrize("count", [2, 3, 8])
def test_parts_share_no_byte_that_one_of_them_writes(target: str, count: int) -> None:
    program, _ = planned(threads.network(), target, count)
    for step in (step for step in program.steps if step.parts):
        output, size = program.buffers[step.outputs[0]], program.graph.tensors[step.outputs[0]].size_bytes
        read = program.buffers[step.inputs[0]]
        assert output.offset + size <= read.offset or read.offset + read.size_bytes <= output.offset
        starts = [part.output for part in step.parts]
        rows = [int(str(part.params["output_h"])) for part in step.parts]
        row_bytes = size // program.graph.tensors[step.outputs[0]].shape[1]
        ends = [start + n * row_bytes for start, n in zip(starts, rows, strict=True)]
        assert [0, *ends] == [*starts, size] and len(rows) <= count
        if step.scratch is not None:
            each = program.buffers[step.scratch].size_bytes // len(rows)
            assert each > 0 and [part.scratch for part in step.parts] == [each * i for i in range(len(rows))]


@pytest.mark.parametrize("target", ["host", "android-arm64"])
def test_parts_share_the_weights(target: str) -> None:
    weights = [planned(threads.network(), target, count)[1].files["src/parts_weights.c"] for count in (1, 4)]
    assert [text.count("\nTC_ALIGNED(") for text in weights] == [weights[0].count("\nTC_ALIGNED(")] * 2


def test_one_thread_has_no_pool_and_small_layers_are_not_divided() -> None:
    program, tree = planned(threads.network(), "android-arm64", 1)
    assert "src/tc_pool.c" not in tree.files
    assert not any("tc_pool" in text or "_threads_" in text for text in tree.files.values())
    assert not any(step.parts for step in program.steps)
    several, _ = planned(threads.network(), "android-arm64", 2)
    assert {step.op for step in several.steps if not step.parts} >= {"add", "mean", "linear"}
    assert all(step.macs >= plan.LEAST_MACS for step in several.steps if step.parts)


def test_a_build_directory_keeps_the_parts(tmp_path: Path) -> None:
    program, _ = planned(threads.network(), "host", 2)
    program_file.save(program, tmp_path / "program.json")
    read = program_file.load(tmp_path / "program.json")
    assert read.threads == 2 and program_file.digest(read) == program_file.digest(program)
    one = planned(threads.network(), "host", 1)[0]
    assert program_file.digest(one) != program_file.digest(program)


@pytest.mark.parametrize(
    ("target", "count", "says"),
    [
        ("cortex-m4", 2, "cortex-m4 has no threads: 2 were asked for"),
        ("host", 0, "0 threads cannot be: 1 to 8"),
        ("host", 9, "9 threads cannot be: 1 to 8"),
    ],
)
def test_numbers_of_threads_that_cannot_be(target: str, count: int, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        planned(threads.network(), target, count)
