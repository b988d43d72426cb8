"""The private peripheral bus: DWT cycle counter, SysTick, vector table, reset through AIRCR, fault status.

Reads and writes are whole registers; anything else keeps what was written to it. There is no MPU: MPU_TYPE reads as 0.

Source: Armv7-M ARM (DDI 0403), B3.2.5 VTOR, B3.2.6 AIRCR, B3.2.15 fault status, B3.3 SysTick, C1.8 DWT.
"""

from __future__ import annotations

from collections.abc import Callable

PRIVATE_BUS = 0xE0000000
DWT_CYCCNT = 0x1004
SYST_CSR, SYST_RVR, SYST_CVR = 0xE010, 0xE014, 0xE018
VTOR, AIRCR = 0xED08, 0xED0C
CFSR, HFSR, MMFAR, BFAR = 0xED28, 0xED2C, 0xED34, 0xED38
AIRCR_KEY, SYSRESETREQ = 0x05FA, 1 << 2
HFSR_FORCED = 1 << 30
BFARVALID = 1 << 15
SYSTICK_BITS = 0xFFFFFF


class PrivateBus:
    """DWT, SysTick and the system control block; ``now`` is the model's cycle count."""

    def __init__(self, now: Callable[[], int], on_reset: Callable[[], None]) -> None:
        self._now, self._on_reset = now, on_reset
        self._registers: dict[int, int] = {}
        self._counter_base = self._systick_base = 0

    def reset(self) -> None:
        """Forget what was written."""
        self._registers.clear()

    def report_fault(self, status: int, address: int | None) -> None:
        """Set the fault status registers as a fault does that escalates to HardFault."""
        self._registers[CFSR] = status | (BFARVALID if address is not None else 0)
        self._registers[BFAR] = address or 0
        self._registers[HFSR] = HFSR_FORCED

    def read(self, offset: int) -> int:
        """Return a register."""
        if offset == DWT_CYCCNT:
            return (self._now() - self._counter_base) & 0xFFFFFFFF
        if offset == SYST_CVR:
            reload = self._registers.get(SYST_RVR, 0)
            return reload - (self._now() - self._systick_base) % (reload + 1)
        return self._registers.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        """Write a register."""
        if offset == DWT_CYCCNT:
            self._counter_base = self._now() - value
        elif offset == SYST_CVR:
            self._systick_base = self._now()
        elif offset == AIRCR:
            if value >> 16 == AIRCR_KEY and value & SYSRESETREQ:
                self._on_reset()
        else:
            self._registers[offset] = value & (SYSTICK_BITS if offset == SYST_RVR else 0xFFFFFFFF)
