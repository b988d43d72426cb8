"""RP2040: clocks, resets, UART, and the boot ROM's copy of the second stage.

Source: RP2040 Datasheet, 2.8, 2.14 to 2.18, 4.2.
"""

from toolchain.runners.simulator.registers import Chip, Follow, UartRegisters

RESETS, CLOCKS, XOSC, PLL_SYS = 0x4000C000, 0x40008000, 0x40024000, 0x40028000

CHIP = Chip(
    UartRegisters(status=0x18, receive=0x00, transmit=0x00, empty=1 << 4),
    spans=((0x18000000, 0x1000), (0x40000000, 0x70000)),
    follows=(
        Follow(RESETS, 0x1FFFFFFF, RESETS + 0x8, 0x1FFFFFFF, "inverse"),  # RESET, RESET_DONE
        Follow(CLOCKS + 0x30, 0b11, CLOCKS + 0x38, 0xF, "one_hot"),  # CLK_REF_CTRL.SRC, CLK_REF_SELECTED
        Follow(CLOCKS + 0x3C, 0b1, CLOCKS + 0x44, 0b11, "one_hot"),  # CLK_SYS_CTRL.SRC, CLK_SYS_SELECTED
        Follow(PLL_SYS + 0x4, 0b1, PLL_SYS, 1 << 31, "inverse"),  # PWR.PD, CS.LOCK
    ),
    ones={XOSC + 0x4: 1 << 31},  # STATUS.STABLE
    copy=(0x10000000, 0x20041F00, 256),
)
