"""What the simulated boards have beside memory: a CMSDK UART, the DWT cycle counter, SysTick, and reset through AIRCR.

Reads and writes are whole registers; anything else on the private peripheral bus keeps what was written to it.

Source: Arm CMSDK TRM (DDI 0479), APB UART; Armv7-M ARM (DDI 0403), B3.2.6 AIRCR, B3.3 SysTick, C1.8 DWT.
"""

from __future__ import annotations

from collections.abc import Callable

UART_DATA, UART_STATE = 0x000, 0x004
RX_FULL = 2

PRIVATE_BUS = 0xE0000000
DWT_CYCCNT = 0x1004
SYST_CSR, SYST_RVR, SYST_CVR = 0xE010, 0xE014, 0xE018
AIRCR = 0xED0C
AIRCR_KEY, SYSRESETREQ = 0x05FA, 1 << 2
SYSTICK_BITS = 0xFFFFFF
#: Polls without a byte in either direction after which the firmware is taken to wait for input.
IDLE_POLLS = 2


class Uart:
    """CMSDK APB UART without a line rate: bytes wait in queues on the host's side."""

    def __init__(self, idle: Callable[[], None]) -> None:
        self.received = bytearray()  # by the firmware, not read yet
        self.sent = bytearray()  # by the firmware
        self._idle = idle
        self._polls = 0

    def read(self, offset: int) -> int:
        """Return a register; calls ``idle`` when the firmware polls an empty queue again."""
        if offset == UART_DATA:
            self._polls = 0
            return self.received.pop(0) if self.received else 0
        if offset != UART_STATE:
            return 0
        if self.received:
            return RX_FULL
        self._polls += 1
        if self._polls >= IDLE_POLLS:
            self._idle()
        return 0

    def write(self, offset: int, value: int) -> None:
        """Write a register; only the data register has an effect."""
        if offset == UART_DATA:
            self._polls = 0
            self.sent.append(value & 0xFF)


class PrivateBus:
    """DWT, SysTick and the system control block; ``now`` is the model's cycle count."""

    def __init__(self, now: Callable[[], int], reset: Callable[[], None]) -> None:
        self._now, self._reset = now, reset
        self._registers: dict[int, int] = {}
        self._counter_base = self._systick_base = 0

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
                self._reset()
        else:
            self._registers[offset] = value & (SYSTICK_BITS if offset == SYST_RVR else 0xFFFFFFFF)
