"""The planner on quantised graphs: which kernel, why, what is refused, and how a program reads."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.emit.models import MODELS, Builder
from toolchain import ops, targets
from toolchain.errors import TargetError, UsageError
from toolchain.ir import Graph
from toolchain.numerics import Rounding
from toolchain.ops.add import BinaryAttributes
from toolchain.plan import estimate, format_program, plan, require_fit
from toolchain.targets import Target

CORES = sorted(name for name, core in targets.cores().items() if core.family == "cortex-m")


def sums() -> Graph:
    """A sum of equal shapes and one that broadcasts."""
    b = Builder("sums")
    x, row = b.input("x", (1, 4, 4, 2)), b.input("row", (1, 1, 4, 2))
    y = b.node("add", BinaryAttributes(), x, x, scale=0.2)
    return b.graph(b.node("add", BinaryAttributes(), y, row, scale=0.3))


@pytest.mark.parametrize("core", CORES)
def test_every_step_has_the_first_kernel_that_supports_it_on_the_core(core: str) -> None:
    target = targets.load(core)
    for model in MODELS.values():
        program = plan(model(), target)
        rejected = {(r.step, r.kernel) for r in program.rejected}
        order = (*target.core.features, "ref")
        for step in program.steps:
            dtype = next(k.dtype for k in ops.get(step.op).kernels if k.name == step.kernel)
            found = [k for each in ops.get(step.op).kernels if each.dtype == dtype and (k := each.on(order))]
            kernels = {k.name: k for k in found}
            ranked = sorted(kernels.values(), key=lambda k: order.index(k.isa))
            better = ranked[: ranked.index(kernels[step.kernel])]
            assert all((step.name, kernel.name) in rejected for kernel in better)


def test_a_kernel_that_is_passed_over_is_recorded_with_the_reason() -> None:
    program = plan(sums(), targets.load("cortex-m0"))
    assert [step.kernel for step in program.steps] == ["tc_add_s8_ref", "tc_add_s8_broadcast_ref"]
    reasons = {(r.step, r.kernel): r.reason for r in program.rejected}
    assert reasons["add_1", "tc_add_s8_ref"] == "one operand is broadcast"
    assert "one operand is broadcast" in program.steps[1].reason


def test_the_caller_may_choose_the_kernel() -> None:
    program = plan(sums(), targets.load("cortex-m4"), choose={"add_0": "tc_add_s8_broadcast_ref"})
    assert program.steps[0].kernel == "tc_add_s8_broadcast_ref" and program.steps[0].reason == "asked for"


@pytest.mark.parametrize(("choose", "message"), [
    ({"add_9": "tc_add_s8_ref"}, r"unknown layer 'add_9'\n.*add_0, add_1"),
    ({"add_0": "tc_add_s8_rif"}, r"unknown kernel of add 'tc_add_s8_rif'\n(.*\n)*.*tc_add_s8_ref"),
    ({"add_1": "tc_add_s8_ref"}, r"tc_add_s8_ref does not support the layer(.*\n)*.*one operand is broadcast")])
def test_a_choice_that_cannot_be_is_refused(choose: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        plan(sums(), targets.load("cortex-m4"), choose=choose)


def test_steps_hold_what_the_report_and_the_generated_code_need() -> None:
    graph = MODELS["convolutions"]()
    program = plan(graph, targets.load("cortex-m3"), rounding=Rounding.SINGLE, choose={"conv2d_0": "tc_conv2d_s8_ref"})
    first = program.steps[0]
    assert program.rounding == "single"
    assert (first.params_type, first.shape, first.macs) == ("tc_conv2d_params", (1, 6, 6, 2), 36 * 36)
    assert first.weights_bytes == 36 + 2 * 4 + 2 * 4 + 2
    assert list(first.params) == list(ops.get("conv2d").lower(
        graph.nodes[0], graph.inputs_of(graph.nodes[0]), graph.outputs_of(graph.nodes[0])).fields())
    assert {"image */ /* data", "reshape_3.out", "linear_4.out"} <= set(program.buffers)


def test_static_cost_counts_shared_arrays_once() -> None:
    graph = MODELS["convolutions"]()
    dead = {node.name: int(np.count_nonzero(graph.tensors[node.inputs[1]].data == 0))
            for node in graph.nodes if len(node.inputs) == 3}
    plain = dict.fromkeys(("conv2d_0", "conv2d_1"), "tc_conv2d_s8_ref")
    program = plan(graph, targets.load("cortex-m3"), choose=plain)
    cost = estimate(program)
    assert cost.macs == 36 * 36 * 2 + 4 * 18
    assert cost.live_macs == cost.macs - 36 * (dead["conv2d_0"] + dead["conv2d_1"]) - dead["linear_4"]
    shared = 36 + 8 + 8  # weights, bias and multipliers of the second convolution are those of the first
    assert cost.weights_bytes == sum(step.weights_bytes for step in program.steps) - shared


def small_board(**sizes: int) -> Target:
    target = targets.load("cortex-m4")
    memory = tuple(m.model_copy(update={"size_bytes": sizes.get(m.kind, m.size_bytes)}) for m in target.board.memory)
    return target.model_copy(update={"board": target.board.model_copy(update={"memory": memory})})


@pytest.mark.parametrize("kind", ["ram", "flash"])
def test_a_board_that_is_too_small_is_refused_with_the_numbers(kind: str) -> None:
    program = plan(MODELS["convolutions"](), targets.load("cortex-m4"))
    require_fit(program, small_board())
    with pytest.raises(TargetError) as caught:
        require_fit(program, small_board(**{kind: 64}))
    text = str(caught.value)
    assert "convolutions needs " in text and "sim-cortex-m4 has 64 bytes" in text
    assert f"--{kind} " in text and "sim-cortex-m4/board.toml" in text
    if kind == "ram":
        assert f"layer{program.peak_step:02d} {program.steps[program.peak_step].name}" in text


def test_program_text_shows_map_peak_and_gap() -> None:
    program = plan(sums(), targets.load("cortex-m0"))
    text = format_program(program)
    assert text == (
        "program sums: 2 steps, double rounding\n"
        "\n"
        "step  layer  op   kernel                   output   MACs  weights  reads -> writes\n"
        "00    add_0  add  tc_add_s8_ref            1x4x4x2  0     0        x, x -> add_0.out\n"
        "01    add_1  add  tc_add_s8_broadcast_ref  1x4x4x2  0     0        add_0.out, row -> add_1.out\n"
        "\n"
        "offset  bytes  steps  buffer\n"
        "0       32     -1..0  x\n"
        "0       32     0..1   add_0.out\n"
        "32      32     1..2   add_1.out\n"
        "64      8      -1..1  row\n"
        "\n"
        "arena 72 bytes, aligned 16; lower bound 72, gap 0\n"
        "peak layer01 add_1: add_0.out 32 bytes + add_1.out 32 bytes + row 8 bytes\n"
        + "".join(f"rejected {r.kernel} for {r.step}: {r.reason}\n" for r in program.rejected))
    assert "rejected tc_add_s8_ref for add_1: one operand is broadcast\n" in text


def test_planning_is_deterministic() -> None:
    graph = MODELS["branches"]()
    first, second = (plan(graph, targets.load("cortex-m4")) for _ in range(2))
    assert format_program(first) == format_program(second)
    assert {f.name for f in dataclasses.fields(first)} >= {"steps", "buffers"}
    assert all(np.array_equal(a.params[k], b.params[k]) for a, b in zip(first.steps, second.steps, strict=True)
               for k in a.params)
