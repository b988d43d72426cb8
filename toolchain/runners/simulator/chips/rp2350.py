"""RP2350: clocks, resets and UART; its boot ROM starts the vector table itself.

Source: RP2350 Datasheet, 7.5, 8.1 to 8.6, 12.1.
"""

from toolchain.runners.simulator.registers import Chip, Follow, UartRegisters

RESETS, CLOCKS, XOSC, PLL_SYS = 0x40020000, 0x40010000, 0x40048000, 0x40050000

CHIP = Chip(
    UartRegisters(status=0x18, receive=0x00, transmit=0x00, empty=1 << 4),
    spans=((0x40000000, 0x100000),),
    follows=(
        Follow(RESETS, 0x1FFFFFFF, RESETS + 0x8, 0x1FFFFFFF, "inverse"),  # RESET, RESET_DONE
        Follow(CLOCKS + 0x30, 0b11, CLOCKS + 0x38, 0xF, "one_hot"),  # CLK_REF_CTRL.SRC, CLK_REF_SELECTED
        Follow(CLOCKS + 0x3C, 0b1, CLOCKS + 0x44, 0b11, "one_hot"),  # CLK_SYS_CTRL.SRC, CLK_SYS_SELECTED
        Follow(PLL_SYS + 0x4, 0b1, PLL_SYS, 1 << 31, "inverse"),  # PWR.PD, CS.LOCK
    ),
    ones={XOSC + 0x4: 1 << 31},  # STATUS.STABLE
)
