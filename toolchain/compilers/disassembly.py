"""Thumb code of a linked image -> functions with their stack frame and their calls.

Each function is walked along its control flow with the depth of the stack at every instruction, so that a call is
charged what its caller holds at that point and a tail call made after the epilogue is charged nothing.

Units: bytes below the stack pointer at entry.
Source: Armv8-M Architecture Reference Manual (DDI 0553), C2.4; mapping symbols $t and $d: AAELF32, section 5.5.5.
"""

from __future__ import annotations

import bisect
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from elftools.elf.constants import SH_FLAGS

from toolchain.compilers.stack_effect import Registers
from toolchain.errors import TargetError

_CONDITION = "eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le"
_BRANCHES = "bl|blx|bx|b|pop|ldm|ldr|ldmia|mov|add|sub|tbb|tbh|cbz|cbnz"  # all that may write the program counter
_MNEMONIC = re.compile(rf"^(?P<base>{_BRANCHES})(?P<cond>{_CONDITION})?(?:\.[wn])?$")
_TARGET = re.compile(r"#(?:0x)?(?P<address>[0-9a-f]+)$")
_DEEPEST = 1 << 20  # no frame of a microcontroller's function is larger
_RUNTIME = "__"  # prefix of the compiler's runtime functions
_SWITCH = "__gnu_thumb1_case"  # Armv6-M: a call that returns into the branches of a switch


@dataclass(frozen=True)
class Call:
    """A call or tail call made while the caller holds ``depth_bytes``; ``target`` None: through a pointer."""

    depth_bytes: int
    target: int | None


@dataclass(eq=False)
class Function:
    """One function of the image: its deepest own frame and its calls."""

    name: str
    address: int
    end: int
    frame_bytes: int = 0
    calls: set[Call] = field(default_factory=set)


@dataclass(frozen=True)
class Section:
    """A loaded section."""

    name: str
    address: int
    data: bytes


@dataclass(frozen=True)
class Instruction:
    """A decoded instruction; an unknown one (MVE, loops) has an empty mnemonic and falls through."""

    address: int
    size: int
    mnemonic: str
    operands: str


class Image:
    """Loaded sections, function symbols and mapping symbols of an ELF file."""

    def __init__(self, sections: list[Section], symbols: list[tuple[str, int, int]],
                 mapping: list[tuple[int, str]]) -> None:
        self.sections, self.symbols = sections, symbols
        self._mapping = sorted(mapping)
        self._starts = [address for address, _ in self._mapping]

    @classmethod
    def load(cls, elf: Any) -> Image:
        """Return the image of a pyelftools ELFFile."""
        sections = [Section(s.name, s["sh_addr"], s.data()) for s in elf.iter_sections()
                    if s["sh_flags"] & SH_FLAGS.SHF_ALLOC and s["sh_type"] == "SHT_PROGBITS"]
        symbols, mapping = [], []
        loaded = {i for i, s in enumerate(elf.iter_sections()) if s["sh_flags"] & SH_FLAGS.SHF_ALLOC}
        for symbol in elf.get_section_by_name(".symtab").iter_symbols():
            value = symbol["st_value"]
            if symbol["st_shndx"] not in loaded:
                continue  # those of debug sections count from zero: they would fall into code that lies there
            if symbol.name[:2] in ("$t", "$d", "$a") and symbol.name[2:3] in ("", "."):
                mapping.append((value, symbol.name[1]))
            elif symbol["st_info"]["type"] == "STT_FUNC":
                symbols.append((symbol.name, value & ~1, symbol["st_size"]))
        return cls(sections, symbols, mapping)

    def is_code(self, address: int) -> bool:
        """Tell whether instructions lie at an address, by the mapping symbol before it."""
        index = bisect.bisect_right(self._starts, address) - 1
        return index < 0 or self._mapping[index][1] != "d"

    def word(self, address: int) -> int | None:
        """Return the 32-bit word at an address, None outside the image."""
        for section in self.sections:
            offset = address - section.address
            if 0 <= offset <= len(section.data) - 4:
                return int(struct.unpack_from("<I", section.data, offset)[0])
        return None

    def instructions(self, start: int, end: int) -> Iterator[Instruction]:
        """Yield the instructions between two addresses; data between them is left out."""
        import capstone  # here, because only this stage needs it and it takes time to load

        mode = capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS | capstone.CS_MODE_V8
        decoder = capstone.Cs(capstone.CS_ARCH_ARM, mode)
        section = next((s for s in self.sections if s.address <= start < s.address + len(s.data)), None)
        address = start
        while section is not None and address + 2 <= end:
            offset = address - section.address
            if not self.is_code(address):
                address += 2
                continue
            size = 4 if section.data[offset + 1] >> 3 in (0b11101, 0b11110, 0b11111) else 2
            decoded = next(decoder.disasm_lite(section.data[offset:offset + size], address, 1), None)
            yield Instruction(address, size, *(decoded[2:] if decoded else ("", "")))
            address += size


def functions(image: Image) -> dict[int, Function]:
    """Return every function of the image, by address. Raises TargetError for a frame whose size is not constant."""
    found: dict[int, Function] = {}
    for name, address, _ in sorted(image.symbols, key=lambda s: (s[1], -s[2], s[0])):
        found.setdefault(address, Function(name, address, address))
    starts = sorted(found)
    ends = {s.address: s.address + len(s.data) for s in image.sections}
    for index, start in enumerate(starts):
        limit = min((end for begin, end in ends.items() if begin <= start < end), default=start)
        found[start].end = min(limit, starts[index + 1]) if index + 1 < len(starts) else limit
    for function in found.values():
        _Walk(function, found, starts, image).run()
    return found


class _Walk:
    """Follows the control flow of one function."""

    def __init__(self, function: Function, found: dict[int, Function], starts: list[int], image: Image) -> None:
        self.function, self.found, self.starts, self.image = function, found, starts, image
        self.code = {i.address: i for i in image.instructions(function.address, function.end)}
        self.seen: dict[int, int] = {}
        self.switch: Registers | None = None  # at the deepest jump through a table
        self.reached = True

    def run(self) -> None:
        """Walk from the entry, then over what only a jump table reaches; without a table, the rest is padding."""
        self._follow([(self.function.address, Registers(self.function.name, self.image.word))])
        self.reached = False
        for address in self.code:
            if self.switch is not None and address not in self.seen:
                self._follow([(address, self.switch.copy())])

    def _follow(self, todo: list[tuple[int, Registers]]) -> None:
        while todo:
            address, registers = todo.pop()
            while (instruction := self.code.get(address)) is not None and self.seen.get(address, -1) < registers.depth:
                self.seen[address] = registers.depth
                registers.step(instruction.address, instruction.mnemonic, instruction.operands)
                if registers.depth > _DEEPEST:
                    raise TargetError(f"the stack of {self.function.name} has no bound: it grows in a loop",
                                      [("instruction", f"{instruction.mnemonic} {instruction.operands}")])
                self.function.frame_bytes = max(self.function.frame_bytes, registers.depth)
                branch, falls_through = self._flow(instruction, registers)
                if branch is not None:
                    todo.append((branch, registers.copy()))
                if not falls_through:
                    break
                address = instruction.address + instruction.size
                if address >= self.function.end and self.reached:
                    self._leave(registers.depth, address)

    def _flow(self, instruction: Instruction, registers: Registers) -> tuple[int | None, bool]:
        """Return where in the function the instruction may branch to, and whether it falls through; record calls."""
        match = _MNEMONIC.match(instruction.mnemonic)
        if match is None:
            return None, instruction.mnemonic != "udf"
        base, conditional, depth = match["base"], match["cond"] is not None, registers.depth
        target = _TARGET.search(instruction.operands)
        address = int(target["address"], 16) if target and "#0x" in instruction.operands else None
        inside = address is not None and self.function.address < address < self.function.end
        if base == "bl" and inside:
            return address, False  # LLVM's branch over more than 2 KiB on Armv6-M
        if base in ("bl", "blx"):
            self._call(depth, address)
            switch = address in self.found and self.found[address].name.startswith(_SWITCH)
            if switch:
                self._jump_table(registers)
            return None, not switch
        if base in ("b", "cbz", "cbnz") and address is not None:
            inside = inside or address == self.function.address
            if not inside:
                self._leave(depth, address)
            return (address if inside else None), conditional or base != "b"
        if base == "bx":
            if instruction.operands != "lr":
                self._leave(depth, None)
            return None, conditional
        if base in ("tbb", "tbh") or (base in ("mov", "add", "ldr") and instruction.operands.startswith("pc,")):
            self._jump_table(registers)
            return None, conditional
        if "pc}" in instruction.operands:
            return None, conditional
        return None, True

    def _jump_table(self, registers: Registers) -> None:
        """Record a jump through a table: its branches are entered as the registers are now."""
        if self.switch is None or self.switch.depth < registers.depth:
            self.switch = registers.copy()

    def _call(self, depth: int, address: int | None) -> None:
        if address is None:
            self._leave(depth, None)
            return
        index = bisect.bisect_right(self.starts, address) - 1  # a label inside a function counts as the function
        if index >= 0 and address < self.found[self.starts[index]].end:
            self.function.calls.add(Call(depth, self.starts[index]))

    def _leave(self, depth: int, address: int | None) -> None:
        """Record a tail call, or a call through a pointer (address None)."""
        if address is not None:
            self._call(depth, address)
        elif not self.function.name.startswith(_RUNTIME):
            self.function.calls.add(Call(depth, None))


