"""What one Thumb instruction does to the stack pointer, and to the registers that it may later be set from."""

from __future__ import annotations

import re
from collections.abc import Callable

from toolchain.errors import TargetError

_MNEMONIC = re.compile(
    r"^(?P<base>v?push|v?pop|stmdb|ldm|ldmia|ldr|ldrd|str|strd|add|addw|adds|sub|subw|subs|mov|movs|movw|movt|bfc|bic)"
    r"(?:eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)?(?:\.[wn])?$")
_IMMEDIATE = re.compile(r"#(?P<value>-?(?:0x[0-9a-f]+|\d+))")
_WIDE = {"d": 8, "q": 16}  # bytes of a register by the first letter of its name; 4 for all others
_PUSH, _POP = ("push", "stmdb", "vpush"), ("pop", "ldm", "ldmia", "vpop")
_STORE, _LOAD = ("str", "strd"), ("ldr", "ldrd")


def _immediate(text: str) -> int | None:
    match = _IMMEDIATE.search(text)
    return int(match["value"], 0) if match else None


class Registers:
    """Depth of the stack (bytes since entry) and what is known of registers: constants, copies of the stack pointer."""

    def __init__(self, function: str, word: Callable[[int], int | None], depth: int = 0) -> None:
        self.function, self._word, self.depth = function, word, depth
        self._constants: dict[str, int] = {}
        self._pointers: dict[str, int] = {}  # register -> depth that the stack would have if it were set from it

    def copy(self) -> Registers:
        """Return an independent copy, for the other side of a branch."""
        other = Registers(self.function, self._word, self.depth)
        other._constants, other._pointers = dict(self._constants), dict(self._pointers)
        return other

    def step(self, address: int, mnemonic: str, operands: str) -> None:
        """Apply one instruction. Raises TargetError when the stack pointer becomes something that is not known."""
        match = _MNEMONIC.match(mnemonic)
        base = match["base"] if match else mnemonic
        first = operands.split(",", 1)[0].strip().rstrip("!")
        if base in _PUSH and (base != "stmdb" or operands.startswith("sp!")):
            self.depth += self._list_bytes(operands)
        elif base in _POP and (base not in ("ldm", "ldmia") or operands.startswith("sp!")):
            self.depth -= self._list_bytes(operands)
        elif base in _STORE and "[sp, #-" in operands and operands.endswith("!"):
            self.depth -= _immediate(operands.split("[", 1)[1]) or 0
        elif base in _LOAD and "[sp], #" in operands:
            self.depth -= _immediate(operands.split("]", 1)[1]) or 0
        elif first == "sp" and base in ("add", "addw", "sub", "subw", "mov"):
            self._set_stack(mnemonic, base, operands)
        else:
            self._set_register(address, base, first, operands)

    @staticmethod
    def _list_bytes(operands: str) -> int:
        inside = operands[operands.index("{") + 1:operands.index("}")]
        return sum(_WIDE.get(register.strip()[0], 4) for register in inside.split(","))

    def _set_stack(self, mnemonic: str, base: str, operands: str) -> None:
        sources = [s.strip() for s in operands.split(",")][1:]
        value = _immediate(operands)
        if base == "mov":
            if sources[0] not in self._pointers:
                raise self._unbounded(mnemonic, operands)
            self.depth = self._pointers[sources[0]]
            return
        if value is not None and len(sources) == 2 and sources[0] != "sp":  # sub sp, r7, #16
            if sources[0] not in self._pointers:
                raise self._unbounded(mnemonic, operands)
            self.depth = self._pointers[sources[0]] + (value if base.startswith("sub") else -value)
            return
        if value is None:
            value = self._constants.get(sources[-1])
        if value is None:
            raise self._unbounded(mnemonic, operands)
        signed = value - (1 << 32) if value >= 1 << 31 else value
        self.depth += -signed if base.startswith("add") else signed

    def _unbounded(self, mnemonic: str, operands: str) -> TargetError:
        return TargetError(f"the stack of {self.function} has no bound: its frame is not constant",
                           [("instruction", f"{mnemonic} {operands}")], "an array of constant size")

    def _set_register(self, address: int, base: str, first: str, operands: str) -> None:
        value = self._constant(address, base, first, operands)
        pointer = self._pointer(base, first, operands)
        self._constants.pop(first, None)
        self._pointers.pop(first, None)
        if value is not None:
            self._constants[first] = value & 0xFFFFFFFF
        if pointer is not None:
            self._pointers[first] = pointer

    def _constant(self, address: int, base: str, first: str, operands: str) -> int | None:
        number, known = _immediate(operands), self._constants.get(first)
        if base == "ldr" and "[pc" in operands:
            return self._word(((address + 4) & ~3) + (number or 0))
        if base in ("mov", "movs", "movw") and number is not None:
            return number
        if base == "movt" and known is not None and number is not None:
            return (known & 0xFFFF) | number << 16
        if base == "lsls" and operands.count(",") == 2 and number is not None:
            source = self._constants.get(operands.split(",")[1].strip())
            return source << number if source is not None else None
        if base in ("rsbs", "negs"):
            source = self._constants.get(operands.split(",")[1].strip())
            return -source if source is not None else None
        return None

    def _pointer(self, base: str, first: str, operands: str) -> int | None:
        sources = [s.strip() for s in operands.split(",")][1:]
        if base == "mov" and sources == ["sp"]:
            return self.depth
        if base in ("add", "addw", "sub", "subw", "subs", "adds") and sources:
            register = sources[0] if len(sources) == 2 else first
            origin = self.depth if sources[0] == "sp" else self._pointers.get(register)
            number = _immediate(operands)
            if origin is not None and number is not None:
                return origin + (number if base.startswith("sub") else -number)
        if base in ("bfc", "bic") and first in self._pointers:  # rounded down to an alignment: at most that much deeper
            numbers = [int(n, 0) for n in _IMMEDIATE.findall(operands)]
            if numbers:
                return self._pointers[first] + ((1 << numbers[-1]) - 1 if base == "bfc" else numbers[-1])
        return None
