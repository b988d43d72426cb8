"""The static stack bound: call graphs by hand, gcc's own .su files, and what a run really uses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from tests.compilers import trees
from toolchain import targets
from toolchain.compilers import stack
from toolchain.compilers.disassembly import Image, functions
from toolchain.errors import TargetError

PRELUDE = """#include <stdint.h>
#define LEAF __attribute__((noinline))
void sink(volatile uint8_t *p);
LEAF void sink(volatile uint8_t *p) { *p = (uint8_t)(*p + 1U); }
"""


def link(kind: str, core: str, source: str, folder: Path) -> Path:
    """Return the linked image of one C file."""
    path = folder / "graph.c"
    path.write_text(PRELUDE + source)
    return trees.compiler(kind, core).link_blob([path], [folder], 0x8000, folder / "out")


def bound(kind: str, core: str, source: str, folder: Path, function: str = "top") -> int:
    """Return the bound of a function."""
    return stack.bounds(link(kind, core, source, folder), function).inference_bytes


def leaf(name: str, size: int) -> str:
    return (f"void {name}(void);\nLEAF void {name}(void)\n"
            f"{{ volatile uint8_t a[{size}]; a[0] = 0; sink(a); sink(&a[{size - 1}]); }}\n")


CORES = pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4"])
KINDS = pytest.mark.parametrize("kind", ["gcc", "clang", "zig"])


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4", "cortex-m55"])
@KINDS
def test_deepest_of_two_callees_counts(core: str, kind: str, tmp_path: Path) -> None:
    source = leaf("small", 16) + leaf("large", 400)
    source += "void top(void);\nvoid top(void) { volatile uint8_t b[64]; b[0] = 1; small(); large(); sink(b); }\n"
    assert 464 + 8 <= bound(kind, core, source, tmp_path) <= 464 + 80  # locals, and the registers saved with them


@CORES
@KINDS
@pytest.mark.parametrize("size", [3000, 70000])
def test_large_frame(core: str, kind: str, size: int, tmp_path: Path) -> None:
    found = bound(kind, core, leaf("top", size), tmp_path)
    assert size <= found <= size + 80


@CORES
@KINDS
def test_call_through_a_pointer_may_reach_what_has_its_address_taken(core: str, kind: str, tmp_path: Path) -> None:
    source = leaf("one", 100) + leaf("two", 700) + leaf("never_taken", 5000)
    source += ("typedef void (*step)(void);\nextern const step table[2];\nconst step table[2] = {one, two};\n"
               "void top(int i);\nvoid top(int i) { table[i](); sink((volatile uint8_t *)(uintptr_t)0x20000000U); }\n")
    assert 700 <= bound(kind, core, source, tmp_path) <= 860


@KINDS
def test_number_that_looks_like_an_address_is_none(kind: str, tmp_path: Path) -> None:
    numbers = ", ".join(f"{n}U" for n in range(0x8001, 0x8401, 2))  # all that a function of this image can have
    source = leaf("one", 100) + leaf("never_taken", 5000)
    source += (f"extern const uint32_t numbers[512];\nconst uint32_t numbers[512] = {{{numbers}}};\n"
               "typedef void (*step)(void);\nextern step volatile chosen;\nstep volatile chosen = one;\n"
               "void top(void);\nvoid top(void) { chosen(); sink((volatile uint8_t *)(uintptr_t)0x20000000U); }\n")
    assert 100 <= bound(kind, "cortex-m4", source, tmp_path) <= 200


@CORES
@KINDS
def test_recursion_is_an_error_that_names_the_loop(core: str, kind: str, tmp_path: Path) -> None:
    source = ("int even(int n);\nint odd(int n);\nint top(int n);\n"
              "LEAF int even(int n) { volatile uint8_t a[8]; sink(a); return n == 0 ? 1 : odd(n - 1) + a[0]; }\n"
              "LEAF int odd(int n) { volatile uint8_t a[8]; sink(a); return n == 0 ? 0 : even(n - 1) + a[1]; }\n"
              "int top(int n) { return even(n) + 1; }\n")
    with pytest.raises(TargetError, match=r"has no bound: it calls itself[\s\S]*even|odd"):
        bound(kind, core, source, tmp_path)


@KINDS
def test_frame_that_is_not_constant_is_an_error(kind: str, tmp_path: Path) -> None:
    source = ("void top(uint32_t n);\nvoid top(uint32_t n)\n"
              "{ volatile uint8_t *a = __builtin_alloca(n); sink(a); sink(a + n - 1); }\n")
    with pytest.raises(TargetError, match=r"the stack of top has no bound: its frame is not constant"):
        bound(kind, "cortex-m4", source, tmp_path)


@KINDS
def test_branches_of_a_switch_count(kind: str, tmp_path: Path) -> None:
    cases = "".join(f"case {i}: leaf{i}(); sink(b); break;\n" for i in range(8))
    source = "".join(leaf(f"leaf{i}", 40 + 100 * i) for i in range(8))
    source += ("void top(int i);\nvoid top(int i)\n"
               f"{{ volatile uint8_t b[32]; b[0] = 0; switch (i) {{ {cases} default: sink(b); }} }}\n")
    for core in ("cortex-m0plus", "cortex-m4"):
        folder = tmp_path / core
        folder.mkdir()
        assert 740 + 32 <= bound(kind, core, source, folder) <= 740 + 32 + 80


def test_frames_agree_with_gcc(tmp_path: Path) -> None:
    target = targets.load("cortex-m4")
    compiler = trees.compiler("gcc", "cortex-m4")
    tree = trees.firmware_tree(target)
    compiler.build(tree, target, tmp_path)
    compiler.compile(tmp_path, tree.link, ["src", "app"], extra=["-fstack-usage"])
    usage = {m[1]: int(m[2]) for path in (tmp_path / "objects").rglob("*.su")
             for m in re.finditer(r":(\w+)\t(\d+)\tstatic", path.read_text())}
    with (tmp_path / "firmware.elf").open("rb") as file:
        found = {f.name: f.frame_bytes for f in functions(Image.load(ELFFile(file))).values()}
    common = set(usage) & set(found)
    assert {"main", "demo_run", "tc_board_write"} <= common
    assert {name: found[name] for name in common} == {name: usage[name] for name in common}
