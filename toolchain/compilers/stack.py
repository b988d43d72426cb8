"""Static bound of the stack: frames and calls read from the linked code, the deepest path through the call graph.

The bound is an upper one: a path that no input takes counts. What it rests on:

- A direct call or tail call goes where the instruction says. Recursion is an error: it has no bound.
- A call through a pointer may reach any function whose address occurs in the image outside the vector table. It is
  taken not to come back to a function that is active already; generated code never does. Runtime functions of the
  compiler (their names begin with two underscores) do not call through pointers.
- One exception is on top, the deepest handler of the vector table: 8 words of frame, or 26 with an FPU, and 4 bytes of
  alignment (Armv7-M Architecture Reference Manual DDI 0403, B1.5.6 and B1.5.7).

Read from the code, because it holds for inline assembly and for the compiler's runtime library as well, and because
``zig cc`` writes no .su files; where gcc's -fstack-usage exists, a test holds both together.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile

from toolchain.compilers.disassembly import Function, Image, functions
from toolchain.errors import TargetError

FRAME_BYTES, FPU_FRAME_BYTES, ALIGNMENT_BYTES = 8 * 4, 26 * 4, 4
_HARD_FLOAT = 0x400  # EF_ARM_ABI_FLOAT_HARD: Arm ELF specification (AAELF32), e_flags
_ENTRY = "Reset_Handler"


@dataclass(frozen=True)
class Bounds:
    """Stack of the whole application with one exception on top, and of one inference without (0 without a model)."""

    application_bytes: int
    inference_bytes: int


def bounds(elf: Path, inference: str | None = None) -> Bounds:
    """Return the bounds of an image; ``inference`` names the function of one inference.

    Raises TargetError on recursion and on frames that are not constant.
    """
    with elf.open("rb") as file:
        image = ELFFile(file)
        code = Image.load(image)
        graph = CallGraph(functions(code), code)
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

    def __init__(self, found: dict[int, Function], image: Image) -> None:
        self.functions = found
        self._targets = [found[a] for a in sorted(_addresses_taken(found, image))]
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


def _addresses_taken(found: dict[int, Function], image: Image) -> set[int]:
    """Return the functions whose Thumb address is a word of code or data, or is put together by MOVW and MOVT."""
    entries = {address | 1 for address in found}
    taken = {value & ~1 for function in found.values() for value in function.constants if value in entries}
    for section in image.sections:
        if section.name == ".vectors":
            continue
        start = -section.address % 4
        count = max(0, len(section.data) - start) // 4
        words = struct.unpack_from(f"<{count}I", section.data, start) if count else ()
        taken.update(word & ~1 for word in words if word in entries)
    return taken
