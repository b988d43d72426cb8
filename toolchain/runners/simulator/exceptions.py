"""What a core does on a fault: status registers, a frame on the stack, the HardFault vector.

Every fault escalates to HardFault, as it does while firmware has not enabled the others. Without an FPU's registers in
the frame: a handler that does not return has no use for them.

Source: Armv7-M ARM (DDI 0403), B1.5.6 exception entry, B1.5.8 EXC_RETURN, B3.2.15 CFSR.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import unicorn
from unicorn import arm_const as arm

from toolchain.runners.simulator.peripherals import VTOR, PrivateBus

HARD_FAULT = 3
RETURN_TO_THREAD = 0xFFFFFFF9
IBUSERR, PRECISERR, STKERR = 1 << 8, 1 << 9, 1 << 12
UNDEFINSTR, INVSTATE, NOCP, STKOF, UNALIGNED = 1 << 16, 1 << 17, 1 << 19, 1 << 20, 1 << 24
#: CFSR bit and name by the emulator's number of an exception (QEMU, target/arm/cpu.h: EXCP_...).
EMULATOR_EXCEPTIONS = {
    1: (UNDEFINSTR, "undefined instruction"),
    3: (IBUSERR, "jump to where no code can be"),
    4: (PRECISERR, "access to where no memory is"),
    17: (NOCP, "instruction of a missing coprocessor"),
    18: (INVSTATE, "jump to an even address"),
    19: (STKOF, "stack below its limit"),
    22: (UNALIGNED, "unaligned access"),
}
_ACCESS = {unicorn.UC_MEM_READ_UNMAPPED: "read from", unicorn.UC_MEM_WRITE_UNMAPPED: "write to",
           unicorn.UC_MEM_FETCH_UNMAPPED: "jump to", unicorn.UC_MEM_READ_PROT: "read from",
           unicorn.UC_MEM_WRITE_PROT: "write to read-only", unicorn.UC_MEM_FETCH_PROT: "jump to"}
_FETCHES = (unicorn.UC_MEM_FETCH_UNMAPPED, unicorn.UC_MEM_FETCH_PROT)


@dataclass(frozen=True)
class Fault:
    """One fault: the message, its CFSR bits, and the address that could not be accessed, where that is known."""

    what: str
    status: int
    address: int | None = None


def of_access(access: int, address: int) -> Fault:
    """Return the fault of an access that memory refused."""
    where = f"{_ACCESS.get(access, 'access')} address {address:#010x}"
    reason = "" if "read-only" in where else ", where there is no memory"
    return Fault(f"tried to {where}{reason}", IBUSERR if access in _FETCHES else PRECISERR,
                 None if access in _FETCHES else address)


def of_exception(number: int) -> Fault:
    """Return the fault of an exception that the emulator raised."""
    status, name = EMULATOR_EXCEPTIONS.get(number, (UNDEFINSTR, "breakpoint or supervisor call"))
    return Fault(f"raised exception {number} ({name})", status)


def hard_fault_handler(engine: Any, bus: PrivateBus, vectors: int) -> int:
    """Return the address of the HardFault handler; ``vectors`` is the table where VTOR was not written."""
    table = bus.read(VTOR) or vectors
    return int.from_bytes(engine.mem_read(table + 4 * HARD_FAULT, 4), "little")


def enter(engine: Any, bus: PrivateBus, fault: Fault, handler: int) -> None:
    """Bring the core to the first instruction of ``handler``; where the stack has no room, the frame is not saved."""
    read = engine.reg_read
    names = (arm.UC_ARM_REG_R0, arm.UC_ARM_REG_R1, arm.UC_ARM_REG_R2, arm.UC_ARM_REG_R3, arm.UC_ARM_REG_R12,
             arm.UC_ARM_REG_LR, arm.UC_ARM_REG_PC, arm.UC_ARM_REG_XPSR)
    frame, status = (read(arm.UC_ARM_REG_SP) - 32) & ~7 & 0xFFFFFFFF, fault.status
    try:
        engine.mem_write(frame, struct.pack("<8I", *(read(name) & 0xFFFFFFFF for name in names)))
    except unicorn.UcError:
        status |= STKERR
    bus.report_fault(status, fault.address)
    engine.reg_write(arm.UC_ARM_REG_XPSR, 1 << 24 | HARD_FAULT)
    engine.reg_write(arm.UC_ARM_REG_SP, frame)
    engine.reg_write(arm.UC_ARM_REG_LR, RETURN_TO_THREAD)
    engine.reg_write(arm.UC_ARM_REG_PC, handler | 1)
