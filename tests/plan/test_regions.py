"""What goes into a board's fast RAM: never more than fits, what is read most often first, and it runs from there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile

from tests.plan.networks import residual_network
from toolchain import compilers, plan, program_file, runners, targets, verify
from toolchain.emit import Info, emit
from toolchain.ops.execute import run_integer
from toolchain.plan import Objective
from toolchain.plan.regions import STACK_BYTES, fast_memory
from toolchain.targets import Board, Memory

TARGET = targets.load("nucleo-h743zi")
DTCM = next(memory for memory in TARGET.board.memory if memory.fast)


def board(size_bytes: int) -> Board:
    """Return the board with another size of its fast RAM."""
    other = DTCM.model_copy(update={"size_bytes": size_bytes})
    return TARGET.board.model_copy(update={"memory": tuple(other if m == DTCM else m for m in TARGET.board.memory)})


@pytest.mark.parametrize("room", [0, 3000, 9000, 20_000, 1 << 20])
def test_what_is_there_fits_and_what_is_read_most_comes_first(room: int) -> None:
    program = replace(plan.plan(residual_network(16), TARGET), fast=None)
    fast = fast_memory(program, board(STACK_BYTES + room), Objective.LATENCY)
    assert fast is not None and fast.region == "dtcm"
    arrays = {step.params[field].tobytes(): step.params[field].nbytes for step in program.steps  # type: ignore[union-attr]
              if step.stream is None for index, field in fast.constants if index == step.index}
    assert sum(arrays.values()) + fast.arena * program.arena_bytes <= room
    assert fast.arena == (program.arena_bytes <= room)
    if room == 1 << 20:
        assert {step.index for step in program.steps if step.weights_bytes} == {index for index, _ in fast.constants}


def test_constants_stay_in_flash_where_ram_is_scarce_or_asked_for() -> None:
    program = plan.plan(residual_network(16), TARGET)
    assert program.fast is not None and program.fast.constants
    for fast in (fast_memory(program, TARGET.board, Objective.RAM),
                 fast_memory(program, TARGET.board, Objective.LATENCY, program.arena_bytes + STACK_BYTES)):
        assert fast is not None and fast.arena and not fast.constants


def test_a_board_with_one_ram_has_no_fast_one() -> None:
    assert plan.plan(residual_network(16), targets.load("cortex-m4")).fast is None


def test_firmware_runs_from_the_fast_memory(tmp_path: Path) -> None:
    graph = residual_network(16)
    program = plan.plan(graph, TARGET)
    info = Info("regions", "0", program_file.digest(program))
    firmware = compilers.find(None, TARGET).build(emit(program, TARGET, info), TARGET, tmp_path)
    x = np.random.default_rng(0).integers(-128, 128, (2, *graph.tensors["x"].shape[1:])).astype(np.int8)
    with runners.open_device(firmware, TARGET, "simulator") as client:
        result, _ = verify.verify(client, program, [x], run_integer(graph, [x]))
    assert result.differing_elements == 0

    with firmware.elf.open("rb") as file:
        symbols = {s.name: s["st_value"] for s in ELFFile(file).get_section_by_name(".symtab").iter_symbols()}
    assert inside(symbols["tc_arena"], DTCM)
    weights = [name for name in symbols if name.startswith("regions_layer") and name.endswith("weights")]
    assert weights and all(inside(symbols[name], DTCM) for name in weights)
    assert firmware.sizes.weights_bytes > 5000, "their values are in flash"
    assert firmware.sizes.data_bytes >= firmware.sizes.weights_bytes, "and they take RAM"
    program_file.save(program, tmp_path / "program.json")
    assert program_file.load(tmp_path / "program.json").fast == program.fast


def inside(address: int, memory: Memory) -> bool:
    return memory.origin <= address < memory.origin + memory.size_bytes
