"""The STM32 of our boards, with their flash controllers.

Source: RM0432 3.7 (STM32L4R5), RM0444 3.7 (STM32G0B1), RM0456 7.9 (STM32U575), RM0390 3.8 (STM32F446), PM0063
        (STM32F100), RM0433 4.9 (STM32H743); DBGMCU_IDCODE and the flash size register of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from unicorn import arm_const

from tests.flashers.chip import Chip

KEYS = (0x45670123, 0xCDEF89AB)


class Stm32(Chip):
    """What their controllers have in common: keys that unlock the control register, an erase that a bit starts."""

    flash_origin = 0x08000000
    KEYR = SR = CR = 0  # addresses of registers
    PG, ERASE, START, LOCK = 1 << 0, 1 << 1, 1 << 16, 1 << 31  # bits of CR

    def __init__(self, locked: bool = False, stuck: Sequence[int] = ()) -> None:
        super().__init__(locked, stuck)
        self._keys: tuple[int, ...] = ()

    def sector(self, control: int) -> tuple[int, int]:
        """Return address and bytes of what an erase with this control register clears."""
        raise AssertionError("each chip has its own")

    def control(self, address: int, value: int) -> None:
        if address == self.KEYR:
            self._keys = (*self._keys, value)[-2:]
            if self._keys == KEYS:
                self.set_word(self.CR, self.word(self.CR) & ~self.LOCK)
        elif address == self.SR:  # its bits are cleared by writing 1
            self.set_word(self.SR, 0)
        elif address == self.CR and value & self.START:
            if not value & self.ERASE or value & self.LOCK:
                self.violations.append(f"CR {value:#x}: an erase of something else than a sector")
            self.erase(*self.sector(value))
            self.set_word(self.CR, value & ~self.START)

    def may_write(self) -> bool:
        return self.word(self.CR) & (self.PG | self.LOCK) == self.PG


class Stm32l4r5(Stm32):
    """The chip of a nucleo-l4r5zi, in dual-bank mode."""

    flash_bytes, page_bytes, jtag_idcode = 0x200000, 0x1000, 0x4BA00477
    BANK = 1 << 11
    KEYR, SR, CR = 0x40022008, 0x40022010, 0x40022014
    controller = range(0x40022000, 0x40022400)
    regions: ClassVar = {0x20000000: 0xA0000, 0x1FFF7000: 0x1000, 0x40022000: 0x1000, 0xE0040000: 0x3000}
    constants: ClassVar = {CR: 0xC0000000, 0x40022020: 0xFFEFF8AA, 0x1FFF75E0: 2048, 0xE0042000: 0x10016470}

    def sector(self, control: int) -> tuple[int, int]:
        bank = self.flash_bytes // 2 if control & self.BANK else 0
        return self.flash_origin + bank + (control >> 3 & 0xFF) * self.page_bytes, self.page_bytes


class Stm32g0b1(Stm32l4r5):
    """The chip of a nucleo-g0b1re: the same controller, smaller pages."""

    flash_bytes, page_bytes, jtag_idcode = 0x80000, 0x800, 0x0BC11477
    cpuid, model = 0x410CC601, arm_const.UC_CPU_ARM_CORTEX_M0
    BANK = 1 << 13
    regions: ClassVar = {0x20000000: 0x24000, 0x1FFF7000: 0x1000, 0x40022000: 0x1000, 0x40015000: 0x1000}
    constants: ClassVar = {Stm32l4r5.CR: 0xC0000000, 0x40022020: 0xFFFFFEAA, 0x1FFF75E0: 512, 0x40015800: 0x10006467}


class Stm32u575(Stm32l4r5):
    """The chip of a nucleo-u575zi without TrustZone: the same controller at other addresses."""

    page_bytes, jtag_idcode = 0x2000, 0x0BA04477
    cpuid, model = 0x410FD214, arm_const.UC_CPU_ARM_CORTEX_M33
    SR, CR = 0x40022020, 0x40022028
    regions: ClassVar = {0x20000000: 0xC0000, 0x0BFA0000: 0x1000, 0x40022000: 0x1000, 0xE0040000: 0x5000}
    constants: ClassVar = {CR: 0xC0000000, 0x40022040: 0x1FEFF8AA, 0x0BFA07A0: 2048, 0xE0044000: 0x20016482}


class Stm32f446(Stm32):
    """The chip of a nucleo-f446re: sectors of 16, 64 and 128 KiB."""

    flash_bytes, jtag_idcode = 0x80000, 0x4BA00477
    KEYR, SR, CR = 0x40023C04, 0x40023C0C, 0x40023C10
    controller = range(0x40023C00, 0x40024000)
    regions: ClassVar = {0x20000000: 0x20000, 0x1FFF7000: 0x1000, 0x40023000: 0x1000, 0xE0040000: 0x3000}
    constants: ClassVar = {CR: 1 << 31, 0x40023C14: 0x0FFFAAED, 0x1FFF7A20: 512 << 16, 0xE0042000: 0x10006421}

    def sector(self, control: int) -> tuple[int, int]:
        number, sizes = control >> 3 & 0xF, [0x4000] * 4 + [0x10000] + [0x20000] * 7
        return self.flash_origin + sum(sizes[:number]), sizes[number]


class Stm32f100(Stm32):
    """The chip of an stm32vldiscovery: the page to erase is in a register of its own."""

    flash_bytes, page_bytes, jtag_idcode = 0x20000, 0x400, 0x3BA00477
    cpuid, model = 0x411FC231, arm_const.UC_CPU_ARM_CORTEX_M3
    START, LOCK = 1 << 6, 1 << 7
    KEYR, SR, CR, AR = 0x40022004, 0x4002200C, 0x40022010, 0x40022014
    controller = range(0x40022000, 0x40022400)
    regions: ClassVar = {0x20000000: 0x2000, 0x1FFFF000: 0x1000, 0x40022000: 0x1000, 0xE0040000: 0x3000}
    constants: ClassVar = {CR: LOCK, 0x4002201C: 0x03FFFFFC, 0x1FFFF7E0: 128, 0xE0042000: 0x10016420}

    def sector(self, control: int) -> tuple[int, int]:
        page = self.word(self.AR)
        return page - page % self.page_bytes, self.page_bytes


class Stm32h743(Stm32):
    """The chip of a nucleo-h743zi: registers for each of its two banks, in sectors of 128 KiB."""

    flash_bytes, page_bytes, jtag_idcode = 0x200000, 0x20000, 0x6BA00477
    cpuid, model = 0x411FC271, arm_const.UC_CPU_ARM_CORTEX_M7
    memory_aps = (0, 2)
    PG, ERASE, START, LOCK, BANK = 1 << 1, 1 << 2, 1 << 7, 1 << 0, 0x100
    KEYR, CR = 0x52002004, 0x5200200C
    controller = range(0x52002000, 0x52002200)
    regions: ClassVar = {
        0x20000000: 0x20000,  # DTCM
        0x1FF1E000: 0x1000,  # flash size
        0x52002000: 0x1000,  # FLASH
        0x5C001000: 0x1000,  # DBGMCU
        0xE00E0000: 0x10000,  # the same, and trace, by the APB-AP
    }
    constants: ClassVar = {CR: LOCK, CR + BANK: LOCK, 0x1FF1E880: 2048, 0x5C001000: 0x20036450}

    def control(self, address: int, value: int) -> None:
        bank = address & self.BANK
        cr = self.CR + bank
        if address == self.KEYR + bank:
            self._keys = (*self._keys, value)[-2:]
            if self._keys == KEYS:
                self.set_word(cr, self.word(cr) & ~self.LOCK)
        elif address == cr and value & self.START:
            if not value & self.ERASE or value & self.LOCK:
                self.violations.append(f"CR {value:#x}: an erase of something else than a sector")
            half = self.flash_bytes // 2 if bank else 0
            self.erase(self.flash_origin + half + (value >> 8 & 7) * self.page_bytes, self.page_bytes)
            self.set_word(cr, value & ~self.START)

    def may_write(self) -> bool:
        return any(self.word(cr) & (self.PG | self.LOCK) == self.PG for cr in (self.CR, self.CR + self.BANK))
