"""Kernel choice: what is measured decides, by what is to be small; the report says what the others cost."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from toolchain import ops, plan, targets
from toolchain.artifacts import KernelCost
from toolchain.ir import Graph, Node, Program, Quantization, Tensor
from toolchain.numerics import Rounding
from toolchain.ops.conv2d import Conv2dAttributes
from toolchain.ops.linear import LinearAttributes
from toolchain.plan import Call, Objective

CORE = "cortex-m4"
Cost = Callable[[Call], "KernelCost | None"]


def linears(count: int = 1, width: int = 16) -> Graph:
    """Return ``count`` linear layers one after the other."""
    activations = Quantization.per_tensor(0.05, 0)
    tensors, nodes = [Tensor("x0", (1, width), "s8", None, activations)], []
    for i in range(count):
        rng = np.random.default_rng(i)
        scales = Quantization.per_channel([0.002] * width, 0)
        tensors += [Tensor(f"w{i}", (width, width), "s8", rng.integers(-127, 128, (width, width), np.int8), scales),
                    Tensor(f"b{i}", (width,), "s32", np.zeros(width, np.int32), scales),
                    Tensor(f"x{i + 1}", (1, width), "s8", None, activations)]
        nodes.append(Node(f"linear{i}", "linear", (f"x{i}", f"w{i}", f"b{i}"), (f"x{i + 1}",), LinearAttributes()))
    return Graph("linears", {t.name: t for t in tensors}, tuple(nodes), ("x0",), (f"x{count}",))


def kernels(graph: Graph) -> list[str]:
    """Return the kernels that the first node could use, in the planner's order."""
    return [c.kernel.name for c in plan.candidates(graph, graph.nodes[0], targets.cores()[CORE])]


def convolutions(count: int) -> Graph:
    """Return ``count`` 3x3 convolutions one after the other."""
    activations = Quantization.per_tensor(0.05, 0)
    tensors, nodes = [Tensor("x0", (1, 12, 12, 32), "s8", None, activations)], []
    for i in range(count):
        weights = np.random.default_rng(i).integers(-127, 128, (32, 3, 3, 32), np.int8)
        scales = Quantization.per_channel([0.002] * 32, 0)
        tensors += [Tensor(f"w{i}", weights.shape, "s8", weights, scales),
                    Tensor(f"b{i}", (32,), "s32", np.zeros(32, np.int32), scales),
                    Tensor(f"x{i + 1}", (1, 12, 12, 32), "s8", None, activations)]
        nodes.append(Node(f"conv{i}", "conv2d", (f"x{i}", f"w{i}", f"b{i}"), (f"x{i + 1}",),
                          Conv2dAttributes(padding=(1, 1, 1, 1))))
    return Graph("convolutions", {t.name: t for t in tensors}, tuple(nodes), ("x0",), (f"x{count}",))


def pointwise(*channels: int) -> Graph:
    """Return 1x1 convolutions of 16 x 16 pixels one after the other, between so many channels."""
    activations = Quantization.per_tensor(0.05, 0)
    tensors, nodes = [Tensor("x0", (1, 16, 16, channels[0]), "s8", None, activations)], []
    for i, (before, after) in enumerate(itertools.pairwise(channels)):
        weights = np.random.default_rng(i).integers(-127, 128, (after, 1, 1, before), np.int8)
        scales = Quantization.per_channel([0.002] * after, 0)
        tensors += [Tensor(f"w{i}", weights.shape, "s8", weights, scales),
                    Tensor(f"b{i}", (after,), "s32", np.zeros(after, np.int32), scales),
                    Tensor(f"x{i + 1}", (1, 16, 16, after), "s8", None, activations)]
        nodes.append(Node(f"conv{i}", "conv2d", (f"x{i}", f"w{i}", f"b{i}"), (f"x{i + 1}",), Conv2dAttributes()))
    return Graph("pointwise", {t.name: t for t in tensors}, tuple(nodes), ("x0",), (f"x{len(nodes)}",))


def planned(graph: Graph, cost: Cost, objective: Objective = Objective.LATENCY,
            flash_bytes: int | None = None, constants_bytes: int | None = None) -> Program:
    def measure(_: Graph, calls: Sequence[Call]) -> list[KernelCost | None]:
        return [cost(call) for call in calls]

    return plan.plan(graph, targets.load(CORE), measure=measure, objective=objective, flash_bytes=flash_bytes,
                     constants_bytes=constants_bytes)


def test_the_fastest_kernel_is_taken_and_the_others_costs_are_told() -> None:
    graph = linears()
    names = kernels(graph)
    assert len(names) >= 2
    cycles = {name: 1000 if name == names[-1] else 2000 for name in names}
    program = planned(graph, lambda c: KernelCost(cycles[c.kernel.name], 500, 0))
    assert program.steps[0].kernel == names[-1]
    assert f"fastest of {len(names)}: 1,000 cycles simulated" in program.steps[0].reason
    told = {r.kernel: r.reason for r in program.rejected}
    assert all("2,000 cycles (+100 %), 500 instructions" in told[n] for n in names[:-1])


def test_of_kernels_as_fast_as_each_other_the_one_with_less_memory_is_taken() -> None:
    graph = linears()
    calls = plan.candidates(graph, graph.nodes[0], targets.cores()[CORE])
    sizes = {c.kernel.name: c.scratch_bytes for c in calls}
    program = planned(graph, lambda c: KernelCost(10_000 - sizes[c.kernel.name] // 100, 500, 0))
    chosen = program.steps[0].kernel
    assert sizes[chosen] == min(sizes.values())


def test_a_faster_kernel_that_is_not_worth_its_memory_says_so() -> None:
    graph = pointwise(64, 64)
    sizes = {c.kernel.name: c.scratch_bytes for c in plan.candidates(graph, graph.nodes[0], targets.cores()[CORE])}
    largest = max(sizes, key=lambda name: sizes[name])
    program = planned(graph, lambda c: KernelCost(950 if c.kernel.name == largest else 1000, 500, 0))
    assert sizes[program.steps[0].kernel] < sizes[largest]
    assert "fastest that is worth its memory, of" in program.steps[0].reason
    more = sizes[largest] - sizes[program.steps[0].kernel]
    told = {r.kernel: r.reason for r in program.rejected}
    assert "950 cycles (-5 %)" in told[largest] and f"{more:+,d} bytes of scratch memory" in told[largest]


def test_buffers_on_the_stack_give_way_to_scratch_where_that_is_free() -> None:
    """Up to what another layer needs of the arena."""
    kinds = ("tc_conv2d_s8_dsp", "tc_conv2d_s8_small_dsp")

    def cost(call: Call) -> KernelCost:
        return KernelCost(1000 if call.kernel.name in kinds else 2000, 500, 0)

    assert [s.kernel for s in planned(pointwise(64, 64), cost).steps] == ["tc_conv2d_s8_small_dsp"]
    chosen = [s.kernel for s in planned(pointwise(64, 64, 128), cost).steps]
    assert chosen == ["tc_conv2d_s8_dsp", "tc_conv2d_s8_small_dsp"]


def test_code_that_several_layers_share_is_paid_once() -> None:
    first, second, *_ = kernels(linears())

    def cost(call: Call) -> KernelCost:
        if call.kernel.name == first:
            return KernelCost(1000, 500, 0, (("shared.o", 900),))
        return KernelCost(1000, 500, 400 if call.kernel.name == second else 10_000)

    def chosen(count: int) -> set[str]:
        return {s.kernel for s in planned(linears(count), cost, Objective.FLASH).steps}

    assert chosen(1) == {second}, "900 bytes once are more than 400"
    assert chosen(4) == {first}, "900 bytes once are less than four times 400"


@pytest.mark.parametrize("flash_bytes, transformed", [(None, 3), (96 << 10, 2), (64 << 10, 1), (16 << 10, 0)])
def test_transformed_weights_are_taken_as_far_as_the_flash_has_room(flash_bytes: int | None, transformed: int) -> None:
    def cost(call: Call) -> KernelCost:
        return KernelCost(1000 if call.kernel.name == "tc_conv2d_s8_winograd_dsp" else 2000, 500, 100)

    program = planned(convolutions(3), cost, flash_bytes=flash_bytes)
    taken = [step for step in program.steps if "winograd" in step.kernel]
    assert len(taken) == transformed
    assert all(("fits the flash" in step.reason) == (step not in taken) for step in program.steps)
    need = sum(step.weights_bytes for step in program.steps)
    assert transformed == 0 or flash_bytes is None or need <= flash_bytes < need + 3 * 32 * 32 * 16


@pytest.mark.parametrize("constants_bytes, transformed", [(1 << 20, 3), (90 << 10, 2), (62 << 10, 1), (16 << 10, 0)])
def test_transformed_weights_are_taken_as_far_as_the_weights_may_grow(constants_bytes: int, transformed: int) -> None:
    def cost(call: Call) -> KernelCost:
        return KernelCost(1000 if call.kernel.name == "tc_conv2d_s8_winograd_dsp" else 2000, 500, 100)

    program = planned(convolutions(3), cost, constants_bytes=constants_bytes)
    assert sum("winograd" in step.kernel for step in program.steps) == transformed
    assert transformed == 0 or sum(step.weights_bytes for step in program.steps) <= constants_bytes


def test_without_measurements_the_order_decides_and_says_so() -> None:
    graph = linears()
    for program in (plan.plan(graph, targets.load(CORE)), planned(graph, lambda call: None)):
        assert program.steps[0].kernel == kernels(graph)[0]
        assert "estimated" in program.steps[0].reason
        assert any("estimated" in r.reason for r in program.rejected)


def test_portable_kernels_are_no_candidates_for_large_layers() -> None:
    graph = linears(width=512)
    seen: list[str] = []

    def cost(call: Call) -> KernelCost:
        seen.append(call.kernel.isa)
        return KernelCost(1000, 500, 0)

    program = planned(graph, cost)
    assert program.steps[0].isa == "dsp" and "ref" not in seen
    assert any("portable, for 262144 MACs" in r.reason for r in program.rejected)


@pytest.mark.parametrize("objective", Objective)
def test_whatever_is_chosen_computes_the_layer(objective: Objective) -> None:
    graph = linears(2)
    program = planned(graph, lambda c: KernelCost(len(c.kernel.name), 1, 100 - len(c.kernel.name)), objective)
    known = {k.name for k in ops.get("linear").kernels}
    assert [s.name for s in program.steps] == ["linear0", "linear1"] and {s.kernel for s in program.steps} <= known


def test_a_probe_gives_every_call_its_own_buffers() -> None:
    graph = linears(2)
    calls = [c for n in graph.nodes for c in plan.candidates(graph, n, targets.cores()[CORE])]
    program = plan.probe(graph, calls, Rounding.DOUBLE)
    assert [s.kernel for s in program.steps] == [c.kernel.name for c in calls]
    for step in program.steps:
        names = [*step.inputs, *step.outputs, *([step.scratch] if step.scratch else [])]
        spans = sorted((program.buffers[n].offset, program.buffers[n].offset + program.buffers[n].size_bytes)
                       for n in names)
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
        assert spans[-1][1] <= program.arena_bytes
