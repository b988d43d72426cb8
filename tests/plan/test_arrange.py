"""Programs are right: the memory of a tensor holds it from when it is written until it is read for the last time."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings

from tests.plan.dags import Dag, dags
from toolchain.errors import ModelError
from toolchain.ir import Program, Step
from toolchain.ops import Walk
from toolchain.plan.memory import lower_bound
from toolchain.plan.schedule import schedule
from toolchain.plan.storage import items, lifetimes, shared, storage


def execute(program: Program, walks: Mapping[str, Walk] | None = None) -> None:
    """Run a program on marks instead of numbers: every byte of the arena says which tensor it belongs to.

    A step with a walk reads and writes byte by byte in its order.
    """
    arena: list[str] = [""] * program.arena_bytes
    graph = program.graph
    source = {name: name for name in graph.tensors}
    for node in graph.nodes:
        if node.op == "reshape":
            source[node.outputs[0]] = source[node.inputs[0]]

    def region(name: str) -> range:
        buffer = program.buffers[name]
        return range(buffer.offset, buffer.offset + buffer.size_bytes)

    def write(name: str, mark: str) -> None:
        for i in region(name):
            arena[i] = mark

    def carry_out(step: Step, walk: Walk) -> None:
        output = program.buffers[step.outputs[0]]
        for time in np.unique(np.concatenate([walk.writes, *walk.reads])):
            for name, reads in zip(step.inputs, walk.reads, strict=True):
                for i in np.nonzero(reads >= time)[0]:
                    mark = arena[program.buffers[name].offset + i]
                    assert mark == source[name], f"{step.name} destroys byte {i} of {name} before {time}"
            for i in np.nonzero(walk.writes == time)[0]:
                arena[output.offset + i] = output.name

    def expect(name: str, when: str) -> None:
        assert all(arena[i] == source[name] for i in region(name)), f"{name} is overwritten {when}"

    for name in graph.inputs:
        write(name, name)
    for name in graph.inputs:
        expect(name, "by another input")
    for step in program.steps:
        for name in step.inputs:
            expect(name, f"before {step.name}")
        if step.scratch:
            write(step.scratch, step.scratch)
            for name in step.inputs:
                expect(name, f"by the scratch of {step.name}")
        if walks and step.name in walks:
            carry_out(step, walks[step.name])
        for name in step.outputs:
            write(name, name)
        for name in step.outputs:
            expect(name, f"by another output of {step.name}")
        if step.scratch:
            assert all(arena[i] == step.scratch for i in region(step.scratch))
    for name in graph.outputs:
        expect(name, "before the user reads it")


@settings(max_examples=200, deadline=None)
@given(dags())
def test_every_tensor_is_intact_until_its_last_use(case: tuple[Dag, tuple[str, ...]]) -> None:
    dag, outputs = case
    program = dag.program(*outputs)
    execute(program, dag.walks)
    assert program.lower_bound_bytes <= program.arena_bytes
    assert {step.name for step in program.steps} == {call.node.name for call in dag.calls}
    outputs_share_with_inputs_only_where_the_kernel_may(dag, program)


def outputs_share_with_inputs_only_where_the_kernel_may(dag: Dag, program: Program) -> None:
    in_place = {call.node.name: call.kernel.in_place for call in dag.calls}
    for step in program.steps:
        for position, written in enumerate(step.outputs):
            out = program.buffers[written]
            for index, read in enumerate(step.inputs):
                buffer = program.buffers[read]
                apart = (buffer.offset + buffer.size_bytes <= out.offset
                         or out.offset + out.size_bytes <= buffer.offset)
                if not apart and step.name in dag.walks and position == 0 and buffer.last_step == step.index:
                    continue  # execute has checked the order
                if not apart:
                    assert position == 0 and index in in_place[step.name]
                    assert (buffer.offset, buffer.size_bytes) == (out.offset, out.size_bytes)


@settings(max_examples=60, deadline=None)
@given(dags(most=6))
def test_order_has_the_least_peak_of_all_orders(case: tuple[Dag, tuple[str, ...]]) -> None:
    dag, outputs = case
    tensors = storage(dag.graph(*outputs))
    written = {name: i for i, call in enumerate(dag.calls) for name in call.outputs}

    def peak(order: list[int]) -> int:
        calls = [dag.calls[i] for i in order]
        lives = lifetimes(calls, tensors)
        return lower_bound(items(calls, tensors, lives), shared(calls, tensors, lives))[0]

    needs = [{written[tensors.root[r]] for r in call.inputs if tensors.root[r] in written} for call in dag.calls]
    legal = [list(order) for order in permutations(range(len(dag.calls)))
             if all(needs[i] <= set(order[:at]) for at, i in enumerate(order))]
    found = schedule(dag.calls, tensors)
    index = {call.node.name: i for i, call in enumerate(dag.calls)}
    assert peak([index[call.node.name] for call in found]) == min(peak(order) for order in legal)


def test_the_order_changes_only_when_that_saves_memory() -> None:
    dag = Dag()
    x = dag.input(8)
    a, b = dag.call(100, x), dag.call(100, x)
    y = dag.call(8, dag.call(4, a), dag.call(4, b))
    program = dag.program(y)
    assert [step.name for step in program.steps] == ["n0", "n2", "n1", "n3", "n4"]
    assert program.lower_bound_bytes == 8 + 100 + 4


def test_elementwise_chain_stays_in_one_place() -> None:
    dag = Dag()
    x = dag.input(64)
    y = dag.call(64, dag.call(64, dag.alias(x), in_place=(0,)), in_place=(0,))
    program = dag.program(y)
    assert program.arena_bytes == 64
    assert len({buffer.offset for buffer in program.buffers.values()}) == 1


def test_an_input_that_is_read_again_is_not_overwritten() -> None:
    dag = Dag()
    x = dag.input(64)
    y = dag.call(64, x, in_place=(0,))
    z = dag.call(64, x, y, in_place=(0, 1))
    program = dag.program(z)
    assert program.arena_bytes == 128
    assert program.buffers[z].offset in (program.buffers[x].offset, program.buffers[y].offset)


def test_outputs_may_be_inputs_aliases_intermediate_and_twice() -> None:
    dag = Dag()
    x = dag.input(16)
    y = dag.call(16, x, in_place=(0,))
    z = dag.call(16, y, in_place=(0,))
    view = dag.alias(x)
    program = dag.program(x, view, y, z, z)
    execute(program)
    places = {name: program.buffers[name].offset for name in (x, view, y, z)}
    assert places[x] == places[view] and len(set(places.values())) == 3
    assert all(program.buffers[name].last_step == len(program.steps) for name in (x, y, z))


def test_a_graph_without_calls_is_a_program() -> None:
    dag = Dag()
    program = dag.program(dag.alias(dag.input(12)))
    assert program.steps == () and program.arena_bytes == 12 and program.peak_step == -1


def test_unused_inputs_have_memory_while_they_are_written() -> None:
    dag = Dag()
    used, unused = dag.input(8), dag.input(100)
    program = dag.program(dag.call(8, used))
    execute(program)
    assert program.buffers[unused].last_step == -1 and program.arena_bytes == 108


def test_a_constant_output_is_refused_by_name() -> None:
    dag = Dag()
    dag.input(4)
    constant = dag.tensor(3)
    with pytest.raises(ModelError, match=f"output {constant} does not depend"):
        dag.program(constant)


def test_scratch_lives_in_its_step_only() -> None:
    dag = Dag()
    y = dag.call(8, dag.call(8, dag.input(8), scratch=50), scratch=40)
    program = dag.program(y)
    scratch = [program.buffers[step.scratch] for step in program.steps if step.scratch]
    assert [(b.size_bytes, b.first_step, b.last_step) for b in scratch] == [(50, 0, 0), (40, 1, 1)]
    assert program.lower_bound_bytes == 8 + 8 + 50 <= program.arena_bytes < 8 + 8 + 50 + 4
