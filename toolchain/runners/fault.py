"""What a device says of a fault: the record of its HardFault handler, and the error made of it.

Source: docs/protocol.md (FAULT); codegen_templates/app/common/tc_fault.h; Armv7-M ARM (DDI 0403), B3.2.15 and B3.2.16
(fault status); Armv8-M ARM (DDI 0553), UFSR.STKOF.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from toolchain.errors import ToolError

WORDS = 9
NO_LAYER = 0xFFFF
STACK_GUARD = 0x100
ADDRESS_VALID = 1 << 7 | 1 << 15
FORBIDDEN = 1 << 1  # CFSR.DACCVIOL
#: The protected bytes at address 0; how near the stack pointer an access to the guard is that overflows the stack.
NULL_BYTES, NEAR_BYTES = 32, 256
#: CFSR bits, the most telling first: those of the stack, then usage, bus and memory faults.
CAUSES = {
    20: "stack overflow: the stack pointer went below its limit",
    4: "stack overflow: no room for an exception's frame in the guard",
    12: "stack overflow: no memory for an exception's frame",
    25: "usage fault: division by zero",
    24: "usage fault: unaligned access",
    19: "usage fault: instruction of a coprocessor that is off or missing",
    18: "usage fault: wrong return from an exception",
    17: "usage fault: jump to an even address, as through a null pointer",
    16: "usage fault: undefined instruction",
    8: "bus fault: jump to where no memory is",
    9: "bus fault: access to where no memory is",
    10: "bus fault: imprecise, by a write some instructions before",
    11: "bus fault: return from an exception",
    1: "memory fault: access that the memory protection forbids",
    0: "memory fault: jump to where code must not run",
}
_LAYER = re.compile(r"\blayer(\d+)_")
#: The code address -> function+offset, or nothing where none is known.
SymbolAt = Callable[[int], str]


@dataclass(frozen=True)
class FaultRecord:
    """The nine words of a record; zero stands for what is not known."""

    exception: int
    pc: int
    lr: int
    sp: int
    psr: int
    cfsr: int
    hfsr: int
    address: int
    layer: int

    @classmethod
    def parse(cls, payload: bytes) -> FaultRecord | None:
        """Return the record in a payload; None when there is none."""
        return cls(*struct.unpack(f"<{WORDS}I", payload[: 4 * WORDS])) if len(payload) >= 4 * WORDS else None

    @property
    def saved(self) -> bool:
        """Whether pc, lr and psr are those of the program: an overflowing stack has no room to save them on."""
        return self.psr != 0

    @property
    def cause(self) -> str:
        """What happened, in words."""
        if self.saved and self.pc == 0:
            return "null pointer: call of address 0"
        if self.exception == STACK_GUARD:
            return "stack overflow: the painted guard below the stack was overwritten"
        if self.cfsr & FORBIDDEN and self.cfsr & ADDRESS_VALID and self.address < NULL_BYTES:
            return f"null pointer: access to address {self.address:#x}"
        if self.cfsr & FORBIDDEN and abs(self.address - self.sp) < NEAR_BYTES:
            return f"stack overflow: access to the guard below the stack, address {self.address:#010x}"
        for bit, text in CAUSES.items():
            if self.cfsr & 1 << bit:
                return text + (f", address {self.address:#010x}" if self.cfsr & ADDRESS_VALID else "")
        return f"exception {self.exception}" + (" (HardFault; this core tells no more)" if self.exception == 3 else "")

    def layer_name(self, symbol_at: SymbolAt) -> str:
        """Return the layer that ran: as recorded, else from the function's name; empty when neither tells."""
        if self.layer != NO_LAYER:
            return f"layer{self.layer:02d}"
        if not self.saved:
            return ""
        match = next((m for a in (self.pc, self.lr) if (m := _LAYER.search(symbol_at(a & ~1)))), None)
        return f"layer{int(match[1]):02d}" if match else ""

    def details(self, symbol_at: SymbolAt) -> list[tuple[str, str]]:
        """Return the lines of the message: program counter, caller, layer, status."""
        def place(address: int) -> str:
            return f"{address:#010x} {symbol_at(address & ~1)}".strip() if self.saved else ""

        lost = "" if self.exception == STACK_GUARD else "not known: the stack had no room to save it on"
        fields = [("pc", place(self.pc) or lost), ("called from", place(self.lr)),
                  ("layer", self.layer_name(symbol_at)), ("stack pointer", f"{self.sp:#010x}" if self.sp else ""),
                  ("status", f"CFSR {self.cfsr:#010x}, HFSR {self.hfsr:#010x}" if self.cfsr or self.hfsr else "")]
        return [(name, text) for name, text in fields if text]


class FaultError(ToolError):
    """The program on a device faulted; ``record`` says where and how."""

    def __init__(self, device: str, during: str, record: FaultRecord, details: Sequence[tuple[str, str]]) -> None:
        super().__init__(f"the program on {device} faulted during {during}: {record.cause}", details)
        self.record = record
        self.names_layer = any(name == "layer" for name, _ in details)
