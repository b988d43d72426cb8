"""Memories of boards against the memory maps of pyOCD's targets, for every board whose chip it has without a pack."""

from __future__ import annotations

import pytest

from toolchain import targets

TARGET = pytest.importorskip("pyocd.target", reason="pyOCD brings the memory maps").TARGET

#: pyOCD's own target of a chip whose pack the board is flashed with.
UNUSED = {"nucleo-h743zi": "stm32h743xx"}
#: Memories that pyOCD's map leaves out: the AXI SRAM of the STM32H743, what the RP2350 has beyond the RP2040.
ELSEWHERE = {("nucleo-h743zi", "axi_sram"), ("rpi-pico2", "sram")}


def chip(name: str) -> str:
    """Return pyOCD's name of a board's chip; empty for a board that exists in emulators only."""
    flash = targets.boards()[name].flash
    return UNUSED.get(name, flash.pyocd if flash is not None else "")


BOARDS = sorted(name for name in targets.boards() if chip(name) in TARGET)


def regions(name: str) -> list[tuple[str, int, int]]:
    """Return kind, start and end of each region of a pyOCD target, adjoining ones as one, by address."""
    classes = TARGET[name].__mro__
    memory_map = next(vars(c)["MEMORY_MAP"] for c in classes if "MEMORY_MAP" in vars(c))
    merged: list[tuple[str, int, int]] = []
    for kind, start, end in sorted((r.type.name.lower(), r.start, r.start + r.length) for r in memory_map):
        if merged and merged[-1][0] == kind and merged[-1][2] == start:
            merged[-1] = (kind, merged[-1][1], end)
        else:
            merged.append((kind, start, end))
    return merged


@pytest.mark.parametrize("name", BOARDS)
def test_memories_lie_in_those_of_the_chip(name: str) -> None:
    board = targets.boards()[name]
    there = regions(chip(name))
    for memory in board.memory:
        if (name, memory.name) in ELSEWHERE:
            continue
        end = memory.origin + memory.size_bytes
        whole = not (board.uf2_family and memory.kind == "flash")  # else the window of a flash chip beside it
        assert any(
            kind == memory.kind and low <= memory.origin and (end == high if whole else end <= high)
            for kind, low, high in there
        ), f"{memory.name} of {name}: {memory.origin:#x} to {end:#x}, pyOCD has {there}"


def test_the_boards_are_those_of_six_chips() -> None:
    assert BOARDS == ["arduino-nano33ble", "microbit-v1", "microbit-v2", "nucleo-h743zi", "rpi-pico", "rpi-pico2"]
