"""nRF51 and nRF52: clock and UART. Source: nRF52840 Product Specification, 5.4 and 6.33; nRF51 Reference Manual."""

from toolchain.runners.simulator.registers import Chip, Follow, UartRegisters

TASKS_HFCLKSTART, EVENTS_HFCLKSTARTED = 0x40000000, 0x40000100
EVENTS_TXDRDY = 0x4000211C

CHIP = Chip(
    UartRegisters(status=0x108, receive=0x518, transmit=0x51C, ready=1),
    spans=((0x40000000, 0x20000), (0x50000000, 0x1000)),
    follows=(Follow(TASKS_HFCLKSTART, 1, EVENTS_HFCLKSTARTED, 1),),
    ones={EVENTS_TXDRDY: 1},
)
