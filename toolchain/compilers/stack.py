"""Static bound of the stack: frames and calls read from the linked code, the deepest path through the call graph.

The bound is an upper one: a path that no input takes counts. What it rests on:

- A direct call or tail call goes where the instruction says. Recursion is an error: it has no bound.
- A call through a pointer may reach any function whose address is taken: the relocations say where code or data, the
  vector table apart, holds one. It is taken not to come back to a function that is active already; generated code never
  does. Runtime functions of the compiler (their names begin with two underscores) do not call through pointers.
- One exception is on top, the deepest handler of the vector table: 8 words of frame, or 26 with an FPU, and 4 bytes of
  alignment (Armv7-M Architecture Reference Manual DDI 0403, B1.5.6 and B1.5.7).

Read from the code, because it holds for inline assembly and for the compiler's runtime library as well, and because
``zig cc`` writes no .su files; where gcc's -fstack-usage exists, a test holds both together.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.enums import ENUM_RELOC_TYPE_ARM

from toolchain.compilers.disassembly import Function, Image, functions
from toolchain.errors import TargetError

FRAME_BYTES, FPU_FRAME_BYTES, ALIGNMENT_BYTES = 8 * 4, 26 * 4, 4
_HARD_FLOAT = 0x400  # EF_ARM_ABI_FLOAT_HARD: Arm ELF specification (AAELF32), e_flags
_WORDS = (ENUM_RELOC_TYPE_ARM["R_ARM_ABS32"], ENUM_RELOC_TYPE_ARM["R_ARM_TARGET1"])
_HALVES = (ENUM_RELOC_TYPE_ARM["R_ARM_THM_MOVW_ABS_NC"], ENUM_RELOC_TYPE_ARM["R_ARM_THM_MOVT_ABS"])
_ENTRY = "Reset_Handler"


@dataclass(frozen=True)
class Bounds:
    """Stack of the whole application with one exception on top, and of one inference without (0 without a model)."""

    application_bytes: int
    inference_bytes: int


def bounds(elf: Path, inference: str | None = None) -> Bounds:
    """Return the bounds of an image that keeps its relocations; ``inference`` names the function of one inference.

    Raises TargetError on recursion and on frames that are not constant.
    """
    with elf.open("rb") as file:
        image = ELFFile(file)
        code = Image.load(image)
        found = functions(code)
        graph = CallGraph(found, _addresses_taken(found, code, image))
        vectors = image.get_section_by_name(".vectors")
        handlers = struct.unpack(f"<{vectors['sh_size'] // 4}I", vectors.data())[2:] if vectors else ()
        frame = (FPU_FRAME_BYTES if image["e_flags"] & _HARD_FLOAT else FRAME_BYTES) + ALIGNMENT_BYTES
    by_name = {f.name: f for f in graph.functions.values()}
    interrupts = {graph.functions[h & ~1] for h in handlers if h & ~1 in graph.functions}
    exception = frame + max((graph.depth(f) for f in interrupts), default=0)
    main = graph.depth(by_name[_ENTRY]) if _ENTRY in by_name else 0
    run = graph.depth(by_name[inference]) if inference in by_name else 0
    return Bounds(application_bytes=(main + exception + 7) & ~7, inference_bytes=run)


class CallGraph:
    """Functions by address, and the deepest stack below each of them."""

    def __init__(self, found: dict[int, Function], addresses_taken: set[int]) -> None:
        self.functions = found
        self._targets = [found[a] for a in sorted(addresses_taken)]
        self._known: dict[int, int] = {}

    def depth(self, function: Function) -> int:
        """Return the bytes that a call of ``function`` takes at most, its callees included."""
        return self._depth(function, ())[0]

    def _depth(self, function: Function, path: tuple[Function, ...]) -> tuple[int, bool]:
        """Return the depth, and whether it holds on every path (no call through a pointer was cut short)."""
        if function.address in self._known:
            return self._known[function.address], True
        deepest, complete = function.frame_bytes, True
        here = (*path, function)
        for call in function.calls:
            callees = self._targets if call.target is None else [self.functions[call.target]]
            for callee in callees:
                if callee in here:
                    if call.target is not None:
                        raise _recursion(here, callee)
                    complete = False
                    continue
                below, whole = self._depth(callee, here)
                complete = complete and whole
                deepest = max(deepest, call.depth_bytes + below)
        if complete:
            self._known[function.address] = deepest
        return deepest, complete


def _recursion(path: tuple[Function, ...], callee: Function) -> TargetError:
    loop = [f.name for f in path[path.index(callee):]] + [callee.name]
    return TargetError(f"the stack of {callee.name} has no bound: it calls itself", [("calls", " -> ".join(loop))],
                       "a loop instead of the recursion")


def _addresses_taken(found: dict[int, Function], code: Image, elf: ELFFile) -> set[int]:
    """Return the functions whose Thumb address is in a word of code or data, or is put together by MOVW and MOVT."""
    tables = [s for s in elf.iter_sections() if s["sh_type"] == "SHT_REL"]
    if not tables:
        raise ValueError("the image was linked without its relocations")
    symbols = elf.get_section_by_name(".symtab")
    values: set[int | None] = set()
    for table in tables:
        section = elf.get_section(table["sh_info"])
        if section.name == ".vectors" or not section["sh_flags"] & SH_FLAGS.SHF_ALLOC:
            continue
        for relocation in table.iter_relocations():
            kind = relocation["r_info_type"]
            if kind in _WORDS:
                values.add(code.word(relocation["r_offset"]))
            elif kind in _HALVES:
                values.add(symbols.get_symbol(relocation["r_info_sym"])["st_value"])
    return {address for address in found if address | 1 in values}
