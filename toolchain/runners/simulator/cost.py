"""Static cost of a basic block on a Cortex-M: the instruction part of the cycle model of docs/cycle-model.md.

cycles = sum of (1 + extra) + 2 per taken branch + flash wait states per data byte + misaligned wide fetches; the
dynamic terms (taken branches, data bytes from flash) are added where blocks are counted (counter.py).

Units:  cycles, fractions allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import capstone
from capstone import arm_const as arm

from toolchain.targets import Timing

#: The emulator ends a block where one of its pages ends.
EMULATOR_PAGE = 1024


def _instructions(*names: str) -> frozenset[int]:
    return frozenset(getattr(arm, f"ARM_INS_{name}") for name in names if hasattr(arm, f"ARM_INS_{name}"))


_LOADS = _instructions("LDR", "LDRB", "LDRH", "LDRSB", "LDRSH", "LDREX", "LDREXB", "LDREXH", "LDRT", "LDRBT", "LDRHT",
                       "LDRSBT", "LDRSHT", "VLDR", "LDA", "LDAB", "LDAH")
_STORES = _instructions("STR", "STRB", "STRH", "STREX", "STREXB", "STREXH", "STRT", "STRBT", "STRHT", "VSTR", "STL",
                        "STLB", "STLH")
_DOUBLES = _instructions("LDRD", "STRD")
_STACK = _instructions("PUSH", "POP", "VPUSH", "VPOP")
_MULTIPLES = _STACK | _instructions("LDM", "LDMDB", "LDMIB", "STM", "STMDB", "STMIB", "VLDMIA", "VLDMDB", "VSTMIA",
                                    "VSTMDB")
_READS = _LOADS | _DOUBLES | _MULTIPLES
_DIVIDES = _instructions("SDIV", "UDIV")
_MULTIPLIES = _instructions("MUL", "MLA", "MLS", "SMULL", "UMULL", "SMLAL", "UMLAL", "UMAAL", "SMMUL", "SMMULR",
                            "SMMLA", "SMMLAR")
_CALLS = _instructions("BL", "BLX")
_TABLES = _instructions("TBB", "TBH")
_VMLA = _instructions("VMLA", "VMLS", "VNMLA", "VNMLS", "VFMA", "VFMS", "VFNMA", "VFNMS")
_VDIV = _instructions("VDIV", "VSQRT")


@dataclass(frozen=True)
class BlockCost:
    """Cost of executing a block once, without its dynamic terms; ``conditional``: it may load inside an IT block."""

    size_bytes: int
    instructions: int
    cycles: float
    conditional: bool


class CostModel:
    """Prices blocks of Thumb code with the timings of one core."""

    def __init__(self, timing: Timing) -> None:
        self.timing = timing
        self._decoder = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
        self._decoder.detail = True

    def price(self, address: int, code: bytes) -> BlockCost:
        """Return the cost of the block ``code`` at ``address``; what an IT instruction skips is priced as executed."""
        cycles, count, position, skippable = 0.0, 0, 0, 0
        conditional = (address + 2) % EMULATOR_PAGE <= 2  # an IT block may have been cut in two there
        previous: Any = None
        while position < len(code):
            instruction = next(self._decoder.disasm(code[position:], address + position, 1), None)
            size = instruction.size if instruction is not None else _length(code[position : position + 2])
            cycles += 1 + (self._extra(instruction, previous) if instruction is not None else 0)
            if size == 4 and (address + position) % 4 == 2:
                cycles += self.timing.misaligned_wide
            conditional |= skippable > 0 and instruction is not None and instruction.id in _READS
            skippable -= 1
            if instruction is not None and instruction.id == arm.ARM_INS_IT:
                skippable = len(instruction.mnemonic) - 1  # it, itt, ite, ittt ...
            previous, count, position = instruction, count + 1, position + size
        return BlockCost(len(code), count, cycles, conditional)

    def _extra(self, instruction: Any, previous: Any) -> float:
        timing, kind = self.timing, instruction.id
        if kind in _LOADS:
            paired = previous is not None and previous.id in _LOADS and not _feeds(previous, instruction)
            return timing.load_after_load if paired else timing.load
        if kind in _MULTIPLES:
            return self._multiple(instruction)
        table = ((_STORES, timing.store), (_DOUBLES, timing.double), (_DIVIDES, timing.divide),
                 (_MULTIPLIES, timing.multiply), (_CALLS, timing.call), (_TABLES, timing.table_branch),
                 (_VMLA, timing.vmla), (_VDIV, timing.vdiv_vsqrt))
        return next((extra for group, extra in table if kind in group), 0.0)

    def _multiple(self, instruction: Any) -> float:
        names = [instruction.reg_name(o.reg) for o in instruction.operands if o.type == arm.ARM_OP_REG]
        if instruction.id not in _STACK:
            names = names[1:]  # the base register
        words = sum(2 if name.startswith("d") else 1 for name in names)
        return words * self.timing.multiple_per_register + ("pc" in names) * self.timing.pop_pc


def _feeds(load: Any, user: Any) -> bool:
    """True when the register that ``load`` fills is the base or index of ``user``'s address."""
    filled = load.operands[0].reg
    memory = [o.mem for o in user.operands if o.type == arm.ARM_OP_MEM]
    return any(filled in (m.base, m.index) for m in memory)


def _length(first: bytes) -> int:
    """Return the length of a Thumb instruction that the decoder does not know."""
    return 4 if len(first) == 2 and first[1] >> 3 in (0b11101, 0b11110, 0b11111) else 2
