"""An nRF52833 behind a debug probe, as far as pyOCD looks: debug port, access ports, Cortex-M4 debug registers, NVMC.

The core is Unicorn's: it runs pyOCD's own flash algorithm. Flash keeps NOR's rules (only a page erase sets bits, only
with CONFIG in the right state), and what is erased and what breaks the rules is recorded.
Source: Arm ADIv5.2 (IHI 0031), C2.6; Armv7-M ARM (DDI 0403), C1.6; nRF52833 Product Specification 4.3 (NVMC),
        4.4 (FICR), 3.9 (CTRL-AP).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from pyocd.core import exceptions
from pyocd.core.memory_interface import MemoryInterface
from pyocd.probe.debug_probe import DebugProbe
from unicorn import UC_ARCH_ARM, UC_HOOK_INTR, UC_HOOK_MEM_WRITE, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, UcError, arm_const

FLASH_BYTES, PAGE_BYTES, RAM = 0x80000, 0x1000, 0x20000000
NVMC_READY, NVMC_CONFIG, NVMC_ERASEPAGE = 0x4001E400, 0x4001E504, 0x4001E508
WRITE_ENABLED, ERASE_ENABLED = 1, 2
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
    """The chip; ``stuck`` are flash addresses whose byte never changes, ``locked`` is APPROTECT."""

    def __init__(self, locked: bool = False, stuck: Sequence[int] = ()) -> None:
        self.locked, self.stuck = locked, set(stuck)
        self.erased: list[int] = []  # addresses of pages
        self.mass_erased = False
        self.started = False
        self.violations: list[str] = []
        self._halted, self._reset_seen, self._enabled = True, False, 0
        self._core = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
        self._core.ctl_set_cpu_model(arm_const.UC_CPU_ARM_CORTEX_M4)
        for base, size in (
            (0, FLASH_BYTES),
            (RAM, 0x20000),
            (0x10000000, 0x2000),  # FICR, UICR
            (0x40010000, 0x1000),  # WDT
            (0x4001E000, 0x1000),  # NVMC
            (0xE0001000, 0x2000),  # DWT, FPB: without comparators
            (0xF0000000, 0x1000),  # the chip's own ROM table
            (ROM_TABLE, 0x1000),
            (SCS, 0x1000),
        ):
            self._core.mem_map(base, size)
        self._core.mem_write(0, b"\xff" * FLASH_BYTES)
        for address, value in self._constants().items():
            self._core.mem_write(address, value.to_bytes(4, "little"))
        self._core.hook_add(UC_HOOK_MEM_WRITE, self._on_flash, begin=0, end=FLASH_BYTES - 1)
        self._core.hook_add(UC_HOOK_MEM_WRITE, self._on_nvmc, begin=0x4001E000, end=0x4001EFFF)
        self._core.hook_add(UC_HOOK_INTR, self._on_interrupt)

    @staticmethod
    def _constants() -> dict[int, int]:
        def identity(base: int, part: int, kind: int) -> dict[int, int]:
            """Return the peripheral and component ID registers: Arm's JEP106 code, ``part``, component class."""
            ids = [4, 0, 0, 0, part & 0xFF, 0xB0 | part >> 8, 0x0B, 0, 0x0D, kind << 4, 0x05, 0xB1]
            return {base + 0xFD0 + 4 * i: value for i, value in enumerate(ids)}

        return {
            **identity(ROM_TABLE, 0x4C4, 1),
            **identity(SCS, 0x00C, 0xE),
            ROM_TABLE: (SCS - ROM_TABLE) & 0xFFFFF000 | 3,
            CPUID: 0x410FC241,
            NVMC_READY: 1,
            0x10000010: PAGE_BYTES,
            0x10000014: FLASH_BYTES // PAGE_BYTES,
            0x10000100: 0x52833,
            0x10000104: 0x41414230,
            0x10000108: 0x2004,
            0x1000010C: 128,
            0x10000110: FLASH_BYTES // 1024,
            0x10000130: 0x0D,
            **dict.fromkeys(range(0x10001000, 0x10001400, 4), 0xFFFFFFFF),
        }

    # -- what pyOCD's memory accesses do

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
        if address < FLASH_BYTES:
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
            self._reset()
        elif address in (NVMC_CONFIG, NVMC_ERASEPAGE):
            self._on_nvmc(self._core, 0, address, 4, value, None)

    def _control(self, value: int) -> None:
        self._enabled = value & 1
        if value & HALT:
            self._halted = True
        elif self._halted:
            self._halted = False
            pc = self._core.reg_read(arm_const.UC_ARM_REG_PC)
            self.started = pc < FLASH_BYTES  # the firmware itself is not run
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

    def _reset(self) -> None:
        self._reset_seen = True
        stack, entry = (int.from_bytes(self._core.mem_read(a, 4), "little") for a in (0, 4))
        self._core.reg_write(arm_const.UC_ARM_REG_SP, stack)
        self._core.reg_write(arm_const.UC_ARM_REG_PC, entry & ~1)
        catches = bool(self._core.mem_read(DEMCR, 1)[0] & 1)
        self._halted, self.started = catches, not catches

    # -- what the core does

    def _on_interrupt(self, core: Uc, number: int, _: Any) -> None:
        assert number == BREAKPOINT, f"exception {number} at {core.reg_read(arm_const.UC_ARM_REG_PC):#x}"
        self._halted = True
        core.emu_stop()

    def _on_nvmc(self, core: Uc, _access: int, address: int, _size: int, value: int, _data: Any) -> None:
        if address == NVMC_ERASEPAGE:
            if self._config() != ERASE_ENABLED:
                self.violations.append(f"page {value:#x} erased without leave")
            self.erased.append(value)
            core.mem_write(value, b"\xff" * PAGE_BYTES)

    def _on_flash(self, core: Uc, _access: int, address: int, size: int, value: int, _data: Any) -> None:
        old = int.from_bytes(core.mem_read(address, size), "little")
        if self._config() != WRITE_ENABLED or old & value != value & (1 << 8 * size) - 1:
            self.violations.append(f"{size} bytes at {address:#x} written on {old:#x} without leave")

    def _config(self) -> int:
        return int(self._core.mem_read(NVMC_CONFIG, 1)[0])

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


class Memory(MemoryInterface):
    """The accelerated memory access that a probe offers for the AHB-AP."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip

    def write_memory(self, addr: int, data: int, transfer_size: int = 32, **_: Any) -> None:
        self.chip.write(addr, data.to_bytes(transfer_size // 8, "little"))

    def read_memory(self, addr: int, transfer_size: int = 32, now: bool = True, **_: Any) -> Any:
        value = int.from_bytes(self.chip.read(addr, transfer_size // 8), "little")
        return value if now else lambda: value

    def write_memory_block32(self, addr: int, data: Sequence[int], **_: Any) -> None:
        self.chip.write(addr, b"".join(word.to_bytes(4, "little") for word in data))

    def read_memory_block32(self, addr: int, size: int, **_: Any) -> list[int]:
        memory = self.chip.read(addr, 4 * size)
        return [int.from_bytes(memory[i : i + 4], "little") for i in range(0, len(memory), 4)]

    def write_memory_block8(self, addr: int, data: Sequence[int], **_: Any) -> None:
        self.chip.write(addr, bytes(data))

    def read_memory_block8(self, addr: int, size: int, **_: Any) -> list[int]:
        return list(self.chip.read(addr, size))


class Probe(DebugProbe):  # type: ignore[misc]
    """A DAPLink on a micro:bit v2, in front of ``chips[unique_id]``."""

    chips: ClassVar[dict[str, Chip]] = {}

    @classmethod
    def get_all_connected_probes(cls, unique_id: str | None = None, is_explicit: bool = False) -> list[Probe]:
        return [cls(serial) for serial in cls.chips]

    @classmethod
    def get_probe_with_id(cls, unique_id: str, is_explicit: bool = False) -> Probe | None:
        return cls(unique_id) if unique_id in cls.chips else None

    def __init__(self, serial: str) -> None:
        super().__init__()
        self.chip, self._serial, self._open, self._connected = self.chips[serial], serial, False, False
        self._powered = 0

    vendor_name, product_name = "Arm", "DAPLink CMSIS-DAP"
    supported_wire_protocols: ClassVar = [DebugProbe.Protocol.DEFAULT, DebugProbe.Protocol.SWD]
    capabilities: ClassVar = {DebugProbe.Capability.MANAGED_AP_SELECTION, DebugProbe.Capability.MANAGED_DPBANKSEL}

    @property
    def unique_id(self) -> str:
        return self._serial

    @property
    def wire_protocol(self) -> Any:
        return DebugProbe.Protocol.SWD if self._connected else None

    @property
    def is_open(self) -> bool:
        return self._open

    def open(self) -> None:
        self._open = True

    def close(self) -> None:
        self._open = False

    def connect(self, protocol: Any = None) -> None:
        self._connected = True

    def disconnect(self) -> None:
        self._connected = False

    def set_clock(self, frequency: float) -> None:
        pass

    def reset(self) -> None:
        self.chip._reset()

    def assert_reset(self, asserted: bool) -> None:
        pass

    def is_reset_asserted(self) -> bool:
        return False

    def read_dp(self, addr: int, now: bool = True) -> Any:
        value = {0x0: 0x2BA01477, 0x4: self._powered | self._powered << 1}.get(addr & 0xF, 0)  # DPIDR, CTRL/STAT
        return value if now else lambda: value

    def write_dp(self, addr: int, data: int) -> None:
        if addr & 0xF == 0x4:
            self._powered = data & 0x50000000  # CSYSPWRUPREQ, CDBGPWRUPREQ; each is granted in the bit above it

    def read_ap(self, addr: int, now: bool = True) -> Any:
        registers = {
            0x000000FC: 0x24770011,
            0x000000F8: ROM_TABLE | 3,
            0x00000000: 0x23000052,
            0x000000F4: 0,
            0x010000FC: 0x12880000,
            0x0100000C: 0 if self.chip.locked else 1,
        }
        value = registers.get(addr, 0)
        return value if now else lambda: value

    def write_ap(self, addr: int, data: int) -> None:
        if addr == 0x01000004 and data:  # CTRL-AP, ERASEALL
            self.chip.mass_erased = True

    def read_ap_multiple(self, addr: int, count: int = 1, now: bool = True) -> Any:
        values: Callable[[], list[int]] = lambda: [self.read_ap(addr) for _ in range(count)]  # noqa: E731
        return values() if now else values

    def write_ap_multiple(self, addr: int, values: Sequence[int]) -> None:
        for value in values:
            self.write_ap(addr, value)

    def get_memory_interface_for_ap(self, ap_address: Any) -> Memory | None:
        return Memory(self.chip) if ap_address.apsel == 0 else None
