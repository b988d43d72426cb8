"""Streamed programs give, bit for bit, what the whole graph gives, in less memory; in a model of the arena and in C."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emit import host
from tests.plan.networks import networks, residual_network, separable_network
from toolchain import compilers, ops, plan, profile, program_file, runners, targets, verify
from toolchain.emit import Info, emit
from toolchain.ir import Array, Graph, Program, Step
from toolchain.numerics import Rounding
from toolchain.ops import Params
from toolchain.ops.execute import run_integer
from toolchain.plan import Objective, planner
from toolchain.plan.planner import arrange
from toolchain.plan.rows import Layer
from toolchain.plan.select import Call, candidates
from toolchain.plan.storage import storage
from toolchain.plan.strips import Group, closed, group, paces
from toolchain.plan.unfold import steps
from toolchain.verify.bisect import integer_reference


def portable(graph: Graph) -> list[Call]:
    """Return the calls of the plain portable kernels, whose parameters are those of the reference."""
    core = targets.cores()["cortex-m0plus"]
    return [candidates(graph, node, core, f"tc_{node.op}_s8_ref")[0] for node in graph.nodes]


class Machine:
    """Runs a program of portable kernels on an arena of bytes with the integer references."""

    def __init__(self, program: Program) -> None:
        self.program, self.graph = program, program.graph
        self.arena = np.random.default_rng(1).integers(-128, 128, program.arena_bytes).astype(np.int8)
        self.computed: dict[str, int] = {}

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        for name, value in inputs.items():
            self._at(self.program.buffers[name].offset, value.size)[:] = value.reshape(-1)
        for step in self.program.steps:
            if step.stream is None:
                self._call(step, step.params, [self.program.buffers[n].offset for n in step.inputs],
                           self.program.buffers[step.outputs[0]].offset)
            elif step.index == step.stream.group:
                members = [s for s in self.program.steps if s.stream and s.stream.group == step.index]
                for strip in range(step.stream.strips):
                    for member in members:
                        self._strip(member, strip)
        shapes = {name: self.graph.tensors[name].shape for name in self.graph.outputs}
        return {name: self._at(self.program.buffers[name].offset, int(np.prod(shape))).reshape(shape).copy()
                for name, shape in shapes.items()}

    def _strip(self, step: Step, strip: int) -> None:
        stream = step.stream
        assert stream is not None
        n, phase = divmod(strip, stream.phases)
        run = next(r for r in stream.runs if r.phase == phase and n < r.end)
        if run.kept_bytes:
            assert stream.lines is not None
            lines = self.program.buffers[stream.lines].offset
            self._at(lines, run.kept_bytes)[:] = self._at(run.kept, run.kept_bytes).copy()
        if run.params >= 0:
            self._call(step, stream.params[run.params], [o + n * s for o, s in run.inputs],
                       run.output[0] + n * run.output[1])

    def _call(self, step: Step, fields: Mapping[str, Any], inputs: list[int], output: int) -> None:
        op = ops.get(step.op)
        whole = next(n for n in self.graph.nodes if n.name == step.name)
        params: Params = type(op.lower(whole, self.graph.inputs_of(whole), self.graph.outputs_of(whole)))(**fields)
        values = []
        for name, offset in zip(step.inputs, inputs, strict=True):
            _, height, width, channels = self.graph.tensors[name].shape
            rows = self._rows(fields, height, width * channels)
            values.append(self._at(offset, rows * width * channels).reshape(1, rows, width, channels).copy())
        (result,) = op.reference(params, *values, rounding=Rounding.DOUBLE)
        self._at(output, result.size)[:] = result.reshape(-1)
        self.computed[step.name] = self.computed.get(step.name, 0) + result.size

    @staticmethod
    def _rows(fields: Mapping[str, Any], height: int, row_bytes: int) -> int:
        count = fields.get("count") or (fields["sizes"][3] if "sizes" in fields else 0)
        return int(fields.get("input_h") or count // row_bytes or height)

    def _at(self, offset: int, size: int) -> Array:
        assert 0 <= offset <= offset + size <= self.arena.size
        return self.arena[offset : offset + size]


def codes(graph: Graph) -> dict[str, Array]:
    rng = np.random.default_rng(2)
    return {name: rng.integers(-128, 128, graph.tensors[name].shape).astype(np.int8) for name in graph.inputs}


@settings(max_examples=60, deadline=None)
@given(networks())
def test_streaming_changes_nothing_but_memory(graph: Graph) -> None:
    calls, inputs = portable(graph), codes(graph)
    program = arrange(graph, calls, Rounding.DOUBLE, Objective.RAM)
    machine = Machine(program)
    got = machine.run(inputs)
    for name, want in zip(graph.outputs, run_integer(graph, list(inputs.values())), strict=True):
        assert np.array_equal(got[name], want)
    flash = arrange(graph, calls, Rounding.DOUBLE, Objective.FLASH)
    assert program.lower_bound_bytes <= program.arena_bytes <= flash.arena_bytes


@settings(max_examples=60, deadline=None)
@given(networks(), st.data())
def test_every_group_computes_each_row_once_and_right(graph: Graph, data: st.DataObject) -> None:
    """Any run of layers that may be a group, at any pace: not only those that save memory."""
    calls, inputs = portable(graph), codes(graph)
    start = data.draw(st.integers(0, len(calls) - 2))
    end = data.draw(st.integers(start + 2, len(calls)))
    if not closed(graph, calls[start:end], frozenset(graph.outputs)):
        return
    layers = [Layer(graph, call) for call in calls[start:end]]
    found = group(graph, layers, data.draw(st.sampled_from(paces(layers))), data.draw(st.integers(1, 3)))
    if found is None:
        return
    program = planned(graph, [*calls[:start], found, *calls[end:]])
    machine = Machine(program)
    got = machine.run(inputs)
    for name, want in zip(graph.outputs, run_integer(graph, list(inputs.values())), strict=True):
        assert np.array_equal(got[name], want)
    assert all(count <= graph.tensors[f"{name}.out"].count for name, count in machine.computed.items())
    assert program_file.to_text(program) == program_file.to_text(saved(program))


def planned(graph: Graph, units: list[Call]) -> Program:
    return planner.place_units(graph, units, storage(graph), Rounding.DOUBLE)


def saved(program: Program) -> Program:
    with tempfile.TemporaryDirectory() as folder:
        program_file.save(program, Path(folder) / "program.json")
        return program_file.load(Path(folder) / "program.json")


@pytest.mark.parametrize(("make", "most"), [(residual_network, 20_000), (separable_network, 8_000)])
def test_first_layers_need_a_part_of_their_memory(make: Any, most: int) -> None:
    graph = make()
    target = targets.load("cortex-m4")
    streamed = plan.plan(graph, target, objective=Objective.RAM)
    assert streamed.arena_bytes <= most
    assert any(step.stream for step in streamed.steps)


def test_tables_of_strips_are_no_way_to_less_flash() -> None:
    graph, target = residual_network(), targets.load("cortex-m4")
    whole = plan.plan(graph, target, objective=Objective.FLASH)
    assert not any(step.stream for step in whole.steps)
    small = plan.plan(graph, target, objective=Objective.FLASH, ram_bytes=24 * 1024)
    assert any(step.stream for step in small.steps) and small.arena_bytes < whole.arena_bytes


@pytest.mark.parametrize("make", [residual_network, separable_network])
def test_c_on_the_host_with_sanitizers(make: Any, tmp_path: Path) -> None:
    graph = make(16)
    target = targets.load("host")
    program = plan.plan(graph, target, objective=Objective.RAM)
    assert any(step.stream for step in program.steps)
    model = host.compile_model(emit(program, target, Info("streamed", "0", "hash")), "streamed", tmp_path)
    inputs = list(codes(graph).values())
    for arguments in ((), ("layer by layer",)):
        got = host.infer(model, graph, inputs, *arguments)
        assert all(np.array_equal(g, w) for g, w in zip(got, run_integer(graph, inputs), strict=True))


def test_firmware_on_the_simulator_is_verified_and_profiled_by_layer(tmp_path: Path) -> None:
    graph = residual_network(16)
    target = targets.load("cortex-m4")
    program = plan.plan(graph, target, objective=Objective.RAM)
    members = [step.index for step in program.steps if step.stream]
    first = max(step.stream.group for step in program.steps if step.stream)
    assert members
    info = Info("streamed", "0", program_file.digest(program))
    firmware = compilers.find(None, target).build(emit(program, target, info), target, tmp_path)
    inputs = list(codes(graph).values())
    with runners.open_device(firmware, target, None, None) as client:
        result, _ = verify.verify(client, program, inputs, run_integer(graph, inputs))
        run = profile.profile(client, program, [x[0] for x in inputs])
        late = [name for step in program.steps[members[-1]:] for name in step.outputs]

        def elsewhere(vector: Sequence[Array]) -> Mapping[str, Array]:
            values = dict(integer_reference(program)(vector))
            return {**values, **{name: values[name] + np.int8(1) for name in late}}

        wrong = [y + np.int8(1) for y in run_integer(graph, inputs)]
        found, _ = verify.verify(client, program, inputs, wrong, reference=elsewhere)
    assert result.differing_elements == 0
    assert all((run.layers[i].cycles or 0) > 1000 for i in members)
    assert (found.first_bad_layer or "").startswith(f"layer{first:02d}")


def test_a_group_is_one_call_for_the_planner() -> None:
    graph = separable_network()
    calls = portable(graph)
    found = group(graph, [Layer(graph, call) for call in calls[2:4]], 1, 1)
    assert isinstance(found, Group)
    assert found.inputs == calls[2].inputs and found.outputs == calls[3].outputs
    made = steps(graph, [found], planned(graph, [*calls[:2], found, *calls[4:]]).buffers, planner.step)
    assert [step.name for step in made] == [call.node.name for call in calls[2:4]]
    assert [step.stream.lines is None for step in made if step.stream] == [False, True]
