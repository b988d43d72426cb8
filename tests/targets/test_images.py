"""Firmware of every board, from gcc and from zig: vector table, stack, entry, sources of its figures."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from tests.compilers import trees
from toolchain import targets

REAL = sorted(name for name, board in targets.boards().items() if "serial" in board.runners)
ATTRIBUTE_THUMB = 1


def loaded(elf: ELFFile) -> list[tuple[int, int]]:
    """Return first and last address of what is loaded."""
    return [(s["p_paddr"], s["p_paddr"] + s["p_filesz"]) for s in elf.iter_segments("PT_LOAD") if s["p_filesz"]]


@pytest.mark.parametrize("kind", ["gcc", "zig"])
@pytest.mark.parametrize("name", REAL)
def test_image_starts_on_its_board(name: str, kind: str) -> None:
    board = targets.boards()[name]
    flash, stack = board.region("flash"), board.stack_region()
    with trees.demo(kind, name).elf.open("rb") as file:
        elf = ELFFile(file)
        symbols = {s.name: s["st_value"] for s in elf.get_section_by_name(".symtab").iter_symbols()}
        boot2, vectors = elf.get_section_by_name(".boot2"), elf.get_section_by_name(".vectors")
        words = struct.unpack_from("<16I", vectors.data())
        before = boot2["sh_size"] if boot2 is not None else 0
        assert vectors["sh_addr"] == flash.origin + before and vectors["sh_addr"] % 256 == 0
        assert words[0] == symbols["__stack_top"] and words[0] % 8 == 0
        assert stack.origin == symbols["__stack_guard"] < words[0] <= stack.origin + stack.size_bytes
        assert words[1] == elf["e_entry"] == symbols["Reset_Handler"] and words[1] & ATTRIBUTE_THUMB
        assert all(flash.origin < w < flash.origin + flash.size_bytes and w & ATTRIBUTE_THUMB for w in words[1:8])
        for start, end in loaded(elf):
            assert flash.origin <= start < end <= flash.origin + flash.size_bytes


@pytest.mark.parametrize("name", REAL)
def test_board_says_where_its_figures_come_from(name: str) -> None:
    board = targets.boards()[name]
    folder = Path(targets.resources.targets()) / "boards" / name
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "No board was used" in text, "what could not be tried is said"
    for memory in board.memory:
        assert f"{memory.origin:#010x}" in text, f"{memory.name} of {name} has no source"
    if board.flash is not None and board.flash.chip is not None:
        assert f"{board.flash.chip.address:#010x}" in text, f"the register that tells {name}'s chip has no source"
    for key, value in board.defines.items():
        if key.endswith("_BASE"):
            assert value.rstrip("u") in text, f"{key} of {name} has no source"
