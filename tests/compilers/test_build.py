"""Every core with every compiler: the image is what the board's memory map and the Arm architecture ask for."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile

from tests.compilers import trees
from toolchain import compilers, targets
from toolchain.artifacts import SourceTree
from toolchain.errors import ToolError

CORES = [name for name, core in targets.cores().items() if core.family == "cortex-m"]
KINDS = ["gcc", "clang", "zig"]
every_compiler = pytest.mark.parametrize("kind", KINDS)
every_core = pytest.mark.parametrize("core", CORES)


def symbols(elf: Any) -> dict[str, int]:
    return {s.name: s["st_value"] for s in elf.get_section_by_name(".symtab").iter_symbols()}


@every_core
@every_compiler
def test_image_starts_as_the_architecture_asks(core: str, kind: str) -> None:
    board = targets.load(core).board
    flash, ram = board.region("flash"), board.region("ram")
    with trees.demo(kind, core).elf.open("rb") as file:
        elf = ELFFile(file)
        names = symbols(elf)
        vectors = elf.get_section_by_name(".vectors")
        words = struct.unpack(f"<{vectors['sh_size'] // 4}I", vectors.data())
        assert vectors["sh_addr"] == flash.origin and len(words) >= 16
        assert words[0] == names["__stack_top"] and words[0] % 8 == 0
        assert words[1] == names["Reset_Handler"] == elf["e_entry"] and words[1] & 1
        assert all(w & 1 and flash.origin <= w < flash.origin + flash.size_bytes for w in words[1:8])
        assert names["__stack_guard"] == ram.origin, "the stack lies at the bottom, so that an overflow faults"
        assert names["__stack_limit"] == ram.origin + 32
        for segment in elf.iter_segments("PT_LOAD"):
            start, size = segment["p_paddr"], segment["p_filesz"]
            assert not size or flash.origin <= start <= start + size <= flash.origin + flash.size_bytes


@every_core
@every_compiler
def test_sizes_add_up_and_agree_with_the_image(core: str, kind: str) -> None:
    firmware = trees.demo(kind, core)
    sizes, sections = firmware.sizes, firmware.sections
    loaded = sum(sections.get(name, 0) for name in (".vectors", ".text", ".rodata", ".data"))
    assert sizes.weights_bytes == trees.WEIGHTS
    assert sizes.arena_bytes == trees.ARENA
    assert sizes.flash_bytes == sizes.weights_bytes + sizes.code_bytes + sizes.app_bytes
    assert loaded <= sizes.flash_bytes <= loaded + 16  # alignment between the sections
    assert 0 < sizes.app_bytes < 1200 and 300 < sizes.code_bytes < 2500
    assert sizes.data_bytes == sections[".data"] and sizes.bss_bytes == sections[".bss"] > 0
    assert sizes.stack_bytes == sections[".stack"] >= sizes.inference_stack_bytes > 0
    assert sizes.ram_bytes == sum(sections[name] for name in (".data", ".bss", ".stack", ".arena"))


@every_compiler
def test_cortex_m0plus_without_cyccnt_counts_in_systick(kind: str, tmp_path: Path) -> None:
    target = targets.load("sim-cortex-m0plus")
    defines = {k: v for k, v in target.board.defines.items() if k != "TC_BOARD_HAS_CYCCNT"}
    target = target.model_copy(update={"board": target.board.model_copy(update={"defines": defines})})
    firmware = trees.compiler(kind, "sim-cortex-m0plus").build(trees.firmware_tree(target), target, tmp_path)
    with firmware.elf.open("rb") as file:
        elf = ELFFile(file)
        names, vectors = symbols(elf), elf.get_section_by_name(".vectors").data()
    assert struct.unpack_from("<I", vectors, 15 * 4)[0] == names["SysTick_Handler"] != names["tc_unexpected_exception"]


@every_compiler
def test_binary_and_hex_hold_the_loaded_bytes(kind: str) -> None:
    elf = trees.demo(kind, "mps2-an505").elf  # flash at 0x10000000: the upper half of the address matters
    with elf.open("rb") as file:
        image = ELFFile(file)
        parts = {s["p_paddr"]: s.data() for s in image.iter_segments("PT_LOAD") if s["p_filesz"]}
        entry = image["e_entry"]
    raw = elf.with_suffix(".bin").read_bytes()
    base = min(parts)
    memory, start = read_hex(elf.with_suffix(".hex").read_text())
    assert start == entry
    assert sum(map(len, parts.values())) == len(memory)
    for address, data in parts.items():
        assert raw[address - base:address - base + len(data)] == data
        assert bytes(memory[address + i] for i in range(len(data))) == data


def read_hex(text: str) -> tuple[dict[int, int], int]:
    """Return memory and start address of an Intel HEX text, checksums verified."""
    memory: dict[int, int] = {}
    upper = start = 0
    lines = text.splitlines()
    assert lines[-1] == ":00000001FF"
    for line in lines:
        record = bytes.fromhex(line[1:])
        assert line[0] == ":" and sum(record) & 0xFF == 0 and record[0] == len(record) - 5
        address, kind, data = int.from_bytes(record[1:3], "big"), record[3], record[4:-1]
        if kind == 0:
            memory.update({upper + address + i: value for i, value in enumerate(data)})
        elif kind == 4:
            upper = int.from_bytes(data, "big") << 16
        elif kind == 5:
            start = int.from_bytes(data, "big")
    return memory, start


@every_compiler
def test_two_builds_give_the_same_bytes_wherever_they_lie(kind: str, tmp_path: Path) -> None:
    target = targets.load("cortex-m4")
    compiler, tree = trees.compiler(kind, "cortex-m4"), trees.firmware_tree(target)
    first, second = tmp_path / "a", tmp_path / "another" / "folder"
    for folder in (first, second):
        folder.mkdir(parents=True)
        compiler.build(tree, target, folder)
    assert {p.name for p in first.iterdir()} == {"src", "app", *(f"firmware.{s}" for s in ("elf", "bin", "hex", "map"))}
    for suffix in ("elf", "bin", "hex", "map"):
        data = (first / f"firmware.{suffix}").read_bytes()
        assert data == (second / f"firmware.{suffix}").read_bytes(), suffix
        assert str(tmp_path).encode() not in data, f"firmware.{suffix} holds a path of this machine"


@pytest.mark.parametrize("kind", ["gcc", "zig"])
@pytest.mark.parametrize("sanitize", [False, True])
def test_host_program_runs(kind: str, sanitize: bool, tmp_path: Path) -> None:
    import subprocess

    target = targets.load("host")
    main = "#include <stdio.h>\nint main(void)\n{\n    return puts(\"hello\") < 0;\n}\n"
    files = {"app/main.c": main, "src/demo_weights.h": trees.WEIGHTS_H, "src/demo_weights.c": trees.WEIGHTS_C}
    tree = SourceTree(files, ("app/main.c", "src/demo_weights.c"))
    firmware = compilers.find(kind, target).build(tree, target, tmp_path, sanitize=sanitize)
    assert subprocess.run([firmware.elf], capture_output=True, check=True, text=True).stdout == "hello\n"
    assert firmware.map is None
    if not sanitize:
        assert firmware.sizes.weights_bytes == trees.WEIGHTS


@every_compiler
@pytest.mark.parametrize("line", ["int8_t unused = 1;", "int8_t x = y;", "return 0"])
def test_warnings_and_errors_are_reported_with_file_and_compiler(kind: str, line: str, tmp_path: Path) -> None:
    target = targets.load("cortex-m4")
    source = f"#include <stdint.h>\nint32_t f(int32_t y);\nint32_t f(int32_t y)\n{{\n    {line}\n    return y;\n}}\n"
    tree = SourceTree({"src/bad.c": source, "app/linker.ld": ""}, ("src/bad.c",), "app/linker.ld")
    with pytest.raises(ToolError) as caught:
        trees.compiler(kind, "cortex-m4").build(tree, target, tmp_path)
    assert caught.value.exit_code == 5
    assert "compiling src/bad.c" in caught.value.what and "bad.c:" in str(caught.value)


@every_compiler
def test_blob_is_linked_at_its_address_with_what_it_calls(kind: str, tmp_path: Path) -> None:
    source = tmp_path / "kernel.c"
    source.write_text("#include <stdint.h>\n#include <string.h>\n"
                      "int64_t divide(int64_t a, int64_t b);\nvoid copy(void *a, const void *b, size_t n);\n"
                      "int64_t divide(int64_t a, int64_t b)\n{\n    return a / b;\n}\n"
                      "void copy(void *a, const void *b, size_t n)\n{\n    memcpy(a, b, n);\n}\n")
    elf_path = trees.compiler(kind, "cortex-m0plus").link_blob([source], [tmp_path], 0x10000, tmp_path / "out")
    with elf_path.open("rb") as file:
        elf = ELFFile(file)
        names = symbols(elf)
        assert elf.get_section_by_name(".text")["sh_addr"] == 0x10000
    assert {"divide", "copy", "memcpy"} <= set(names) and all(names[n] >= 0x10000 for n in ("divide", "copy"))
