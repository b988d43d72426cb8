"""Registers as tables: what a chip is to the simulator, and the bus that reads and writes it.

A read returns what was written last, with two kinds of bits put in: flags that follow another register's bits, and
bits that always read as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

PAGE = 0x1000
#: Polls without a byte in either direction after which the firmware is taken to wait for input.
IDLE_POLLS = 2


@dataclass(frozen=True)
class Follow:
    """Bits ``flag_mask`` of register ``flag`` show bits ``mask`` of ``source``: as they are, inverted, or decoded.

    Both masks are one field each, in absolute addresses; they may lie at different places of their registers.
    """

    source: int
    mask: int
    flag: int
    flag_mask: int
    how: Literal["same", "inverse", "one_hot"] = "same"

    def bits(self, value: int) -> int:
        """Return the flag's bits for a value of the source."""
        number = (value & self.mask) >> _lowest(self.mask)
        if self.how == "one_hot":
            number = 1 << number
        elif self.how == "inverse":
            number = ~number
        return (number << _lowest(self.flag_mask)) & self.flag_mask


@dataclass(frozen=True)
class UartRegisters:
    """Offsets of a UART, the status bit of a received byte (``empty``: the bit of none) and bits that read as one."""

    status: int
    receive: int
    transmit: int
    ready: int = 0
    empty: int = 0
    ones: int = 0


@dataclass(frozen=True)
class Chip:
    """``spans``: (address, bytes) of register space. ``copy``: (from, to, bytes) that a boot ROM copies and runs."""

    uart: UartRegisters
    spans: tuple[tuple[int, int], ...] = ()
    follows: tuple[Follow, ...] = ()
    ones: Mapping[int, int] = field(default_factory=dict)
    copy: tuple[int, int, int] | None = None


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


class Uart:
    """A UART without a line rate: bytes wait in queues on the host's side."""

    def __init__(self, registers: UartRegisters, idle: Callable[[], None]) -> None:
        self.received = bytearray()  # by the firmware, not read yet
        self.sent = bytearray()  # by the firmware
        self.registers = registers
        self._idle = idle
        self._polls = 0

    def holds(self, offset: int) -> bool:
        """Tell whether the offset is one of the three registers."""
        r = self.registers
        return offset in (r.status, r.receive, r.transmit)

    def read(self, offset: int) -> int:
        """Return a register; calls ``idle`` when the firmware polls an empty queue again."""
        r = self.registers
        if offset == r.status:
            if self.received:
                return r.ready | r.ones
            self._polls += 1
            if self._polls >= IDLE_POLLS:
                self._idle()
            return r.empty | r.ones
        self._polls = 0
        return self.received.pop(0) if self.received else 0

    def write(self, offset: int, value: int) -> None:
        """Write a register; only the data register has an effect."""
        if offset == self.registers.transmit:
            self._polls = 0
            self.sent.append(value & 0xFF)


class PeripheralBus:
    """The registers of a chip, by absolute address, with its UART at ``uart_base``."""

    def __init__(self, chip: Chip, uart: Uart, uart_base: int) -> None:
        self._uart, self._base, self._ones = uart, uart_base, chip.ones
        self._values: dict[int, int] = {}
        self._follows: dict[int, list[Follow]] = {}
        for follow in chip.follows:
            self._follows.setdefault(follow.flag, []).append(follow)

    def reset(self) -> None:
        """Forget what was written."""
        self._values.clear()

    def read(self, address: int) -> int:
        """Return a register."""
        if self._uart.holds(address - self._base):
            return self._uart.read(address - self._base)
        value = self._values.get(address, 0)
        for follow in self._follows.get(address, ()):
            value = (value & ~follow.flag_mask) | follow.bits(self._values.get(follow.source, 0))
        return value | self._ones.get(address, 0)

    def write(self, address: int, value: int) -> None:
        """Write a register."""
        if self._uart.holds(address - self._base):
            self._uart.write(address - self._base, value)
        else:
            self._values[address] = value


def spans(chip: Chip, uart_base: int) -> list[tuple[int, int]]:
    """Return what to map: the chip's spans and the UART's page."""
    page = uart_base // PAGE * PAGE
    inside = any(start <= page < start + size for start, size in chip.spans)
    return [*chip.spans, *([] if inside else [(page, PAGE)])]
