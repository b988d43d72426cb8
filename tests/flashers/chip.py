"""A chip behind a debug probe, as far as flashing tools look: memory, Cortex-M4 debug registers, flash controller.

The core is Unicorn's: it runs the tools' own flash algorithms. Flash keeps NOR's rules (only an erase sets bits, only
when the controller allows it), and what is erased and what breaks the rules is recorded.
Source: Armv7-M ARM (DDI 0403), C1.6 (debug registers); nRF52833 Product Specification 4.3 (NVMC), 4.4 (FICR).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from pyocd.core import exceptions
from unicorn import UC_ARCH_ARM, UC_HOOK_INTR, UC_HOOK_MEM_WRITE, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, UcError, arm_const

CPUID, AIRCR, DHCSR, DCRSR, DCRDR, DEMCR = 0xE000ED00, 0xE000ED0C, 0xE000EDF0, 0xE000EDF4, 0xE000EDF8, 0xE000EDFC
ROM_TABLE, SCS = 0xE00FF000, 0xE000E000
HALT, HALTED, REG_READY, RESET_SEEN = 1 << 1, 1 << 17, 1 << 16, 1 << 25
BREAKPOINT = 7
SLICE = 200_000  # instructions
CORE_REGISTERS = [getattr(arm_const, f"UC_ARM_REG_R{i}") for i in range(13)] + [
    arm_const.UC_ARM_REG_SP,
    arm_const.UC_ARM_REG_LR,
    arm_const.UC_ARM_REG_PC,
    arm_const.UC_ARM_REG_XPSR,
    arm_const.UC_ARM_REG_MSP,
    arm_const.UC_ARM_REG_PSP,
]


class Chip:
    """A chip without flash controller; ``stuck`` are flash addresses whose byte never changes, ``locked`` all debug."""

    flash_origin = flash_bytes = page_bytes = 0
    jtag_idcode, cpuid, model = 0, 0x410FC241, arm_const.UC_CPU_ARM_CORTEX_M4
    memory_aps: tuple[int, ...] = (0,)
    regions: ClassVar[dict[int, int]] = {}  # address -> bytes, beside the flash and the core's
    constants: ClassVar[dict[int, int]] = {}
    controller: ClassVar[range] = range(0)  # its registers

    def __init__(self, locked: bool = False, stuck: Sequence[int] = ()) -> None:
        self.locked, self.stuck = locked, set(stuck)
        self.erased: list[int] = []  # addresses of pages
        self.mass_erased = False
        self.started = False
        self.violations: list[str] = []
        self._halted, self._reset_seen, self._enabled = True, False, 0
        self._core = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
        self._core.ctl_set_cpu_model(self.model)
        core = {0xE0001000: 0x2000, ROM_TABLE: 0x1000, SCS: 0x1000}  # DWT and FPB have no comparators
        for base, size in {self.flash_origin: self.flash_bytes, **core, **self.regions}.items():
            self._core.mem_map(base, size)
        self._core.mem_write(self.flash_origin, b"\xff" * self.flash_bytes)
        for address, value in {**self._identity(), CPUID: self.cpuid, **self.constants}.items():
            self._core.mem_write(address, value.to_bytes(4, "little"))
        self._core.reg_write(arm_const.UC_ARM_REG_PC, self.flash_origin)
        end = self.flash_origin + self.flash_bytes - 1
        self._core.hook_add(UC_HOOK_MEM_WRITE, self._on_flash, begin=self.flash_origin, end=end)
        first, last = self.controller[0], self.controller[-1]
        self._core.hook_add(UC_HOOK_MEM_WRITE, self._on_controller, begin=first, end=last)
        self._core.hook_add(UC_HOOK_INTR, self._on_interrupt)

    @staticmethod
    def _identity() -> dict[int, int]:
        """Return the core's ROM table with the SCS as its one entry, and the ID registers of both."""

        def registers(base: int, part: int, kind: int) -> dict[int, int]:
            ids = [4, 0, 0, 0, part & 0xFF, 0xB0 | part >> 8, 0x0B, 0, 0x0D, kind << 4, 0x05, 0xB1]
            return {base + 0xFD0 + 4 * i: value for i, value in enumerate(ids)}

        entry = (SCS - ROM_TABLE) & 0xFFFFF000 | 3
        return {**registers(ROM_TABLE, 0x4C4, 1), **registers(SCS, 0x00C, 0xE), ROM_TABLE: entry}

    # -- of each chip

    def control(self, address: int, value: int) -> None:
        """Do what a write to a register of the flash controller does."""

    def may_write(self) -> bool:
        """Return whether the controller allows writes to flash now."""
        return False

    def word(self, address: int) -> int:
        """Return a word of memory."""
        return int.from_bytes(self._core.mem_read(address, 4), "little")

    def set_word(self, address: int, value: int) -> None:
        """Set a word of memory, registers too."""
        self._core.mem_write(address, value.to_bytes(4, "little"))

    def erase(self, address: int, size: int) -> None:
        """Erase the page or sector at this address."""
        self.erased.append(address)
        self._core.mem_write(address, b"\xff" * size)

    # -- what a probe's memory accesses do

    def read(self, address: int, size: int) -> bytes:
        """Return memory as the AHB-AP sees it."""
        if self.locked:
            raise exceptions.TransferFaultError(address)
        self._advance()
        if address == DHCSR:
            value = (
                REG_READY
                | self._enabled
                | (HALTED | HALT if self._halted else 0)
                | (RESET_SEEN if self._reset_seen else 0)
            )
            self._reset_seen = False
            return value.to_bytes(4, "little")
        try:
            return self.flash(address, size)
        except UcError as exc:  # where nothing is
            raise exceptions.TransferFaultError(address) from exc

    def write(self, address: int, data: bytes) -> None:
        """Write memory as the AHB-AP does."""
        if self.locked:
            raise exceptions.TransferFaultError(address)
        if self._in_flash(address):
            self.violations.append(f"the probe wrote to flash at {address:#x}")
        try:
            self._core.mem_write(address, data)
        except UcError as exc:
            raise exceptions.TransferFaultError(address) from exc
        value = int.from_bytes(data[:4], "little")
        if address == DHCSR:
            self._control(value)
        elif address == DCRSR:
            self._transfer_register(value)
        elif address == AIRCR and value & 1 << 2:
            self.reset()
        elif address in self.controller:
            self.control(address, value)

    def _in_flash(self, address: int) -> bool:
        return self.flash_origin <= address < self.flash_origin + self.flash_bytes

    def _control(self, value: int) -> None:
        self._enabled = value & 1
        if value & HALT:
            self._halted = True
        elif self._halted:
            self._halted = False
            pc = self._core.reg_read(arm_const.UC_ARM_REG_PC)
            self.started = self._in_flash(pc)  # the firmware itself is not run
            self._advance()

    def _advance(self) -> None:
        """Run the core for a while; it stays running until it meets a breakpoint instruction."""
        if not self._halted and not self.started:
            self._core.emu_start(self._core.reg_read(arm_const.UC_ARM_REG_PC) | 1, 0, count=SLICE)

    def _transfer_register(self, selector: int) -> None:
        number, register = selector & 0x7F, None
        if number < len(CORE_REGISTERS):
            register = CORE_REGISTERS[number]
        if register is None:  # CONTROL, FAULTMASK, the FPU's: nothing here depends on them
            self._core.mem_write(DCRDR, bytes(4))
        elif selector & 1 << 16:
            self._core.reg_write(register, int.from_bytes(self._core.mem_read(DCRDR, 4), "little"))
        else:
            self._core.mem_write(DCRDR, int(self._core.reg_read(register)).to_bytes(4, "little"))

    def reset(self) -> None:
        """Reset the chip; the core halts if DEMCR says so."""
        self._reset_seen = True
        stack, entry = (self.word(self.flash_origin + offset) for offset in (0, 4))
        self._core.reg_write(arm_const.UC_ARM_REG_SP, stack)
        self._core.reg_write(arm_const.UC_ARM_REG_PC, entry & ~1)
        catches = bool(self._core.mem_read(DEMCR, 1)[0] & 1)
        self._halted, self.started = catches, not catches

    # -- what the core does

    def _on_interrupt(self, core: Uc, number: int, _: Any) -> None:
        assert number == BREAKPOINT, f"exception {number} at {core.reg_read(arm_const.UC_ARM_REG_PC):#x}"
        self._halted = True
        core.emu_stop()

    def _on_controller(self, core: Uc, _access: int, address: int, _size: int, value: int, _data: Any) -> None:
        self.control(address, value)

    def _on_flash(self, core: Uc, _access: int, address: int, size: int, value: int, _data: Any) -> None:
        old = int.from_bytes(core.mem_read(address, size), "little")
        if not self.may_write() or old & value != value & (1 << 8 * size) - 1:
            self.violations.append(f"{size} bytes at {address:#x} written on {old:#x} without leave")

    def flash(self, address: int, size: int) -> bytes:
        """Return memory, whatever the lock; a stuck byte reads as erased."""
        memory = bytearray(self._core.mem_read(address, size))
        for stuck in self.stuck:
            if address <= stuck < address + size:
                memory[stuck - address] = 0xFF
        return bytes(memory)

    def fill(self, address: int, data: bytes) -> None:
        """Put earlier contents into flash."""
        self._core.mem_write(address, data)


class Nrf(Chip):
    """What the chips of Nordic have in common; ``locked`` is APPROTECT."""

    controller = range(0x4001E000, 0x4001F000)
    READY, CONFIG, ERASEPAGE = 0x4001E400, 0x4001E504, 0x4001E508

    def control(self, address: int, value: int) -> None:
        if address == self.ERASEPAGE:
            if self.word(self.CONFIG) != 2:
                self.violations.append(f"page {value:#x} erased without leave")
            self.erase(value, self.page_bytes)

    def may_write(self) -> bool:
        return self.word(self.CONFIG) == 1


def nrf_constants(part: int, flash_bytes: int, page_bytes: int, ram_kib: int) -> dict[int, int]:
    """Return FICR, erased UICR, and an idle NVMC."""
    return {
        Nrf.READY: 1,
        0x10000010: page_bytes,
        0x10000014: flash_bytes // page_bytes,
        0x10000100: part,
        0x10000104: 0x41414230,
        0x10000108: 0x2004,
        0x1000010C: ram_kib,
        0x10000110: flash_bytes // 1024,
        0x10000130: 0x0D,
        **dict.fromkeys(range(0x10001000, 0x10001400, 4), 0xFFFFFFFF),
    }


def nrf_regions(ram_bytes: int) -> dict[int, int]:
    """Return RAM, FICR and UICR, WDT, NVMC, the chip's own ROM table."""
    return {0x20000000: ram_bytes, 0x10000000: 0x2000, 0x40010000: 0x1000, 0x4001E000: 0x1000, 0xF0000000: 0x1000}


class Nrf51822(Nrf):
    """The chip of a micro:bit v1."""

    flash_bytes, page_bytes = 0x40000, 0x400
    cpuid, model = 0x410CC200, arm_const.UC_CPU_ARM_CORTEX_M0
    regions, constants = nrf_regions(0x4000), nrf_constants(0xFFFFFFFF, flash_bytes, page_bytes, 16)


class Nrf52833(Nrf):
    """The chip of a micro:bit v2."""

    flash_bytes, page_bytes = 0x80000, 0x1000
    jtag_idcode = 0x2BA01477
    regions, constants = nrf_regions(0x20000), nrf_constants(0x52833, flash_bytes, page_bytes, 128)


class Nrf52840(Nrf):
    """The chip of an Arduino Nano 33 BLE."""

    flash_bytes, page_bytes = 0x100000, 0x1000
    regions, constants = nrf_regions(0x40000), nrf_constants(0x52840, flash_bytes, page_bytes, 256)
