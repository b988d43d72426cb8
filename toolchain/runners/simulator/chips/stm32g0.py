"""STM32G0: RCC and USART. Source: RM0444, 5.4 and 33.8."""

from toolchain.runners.simulator.registers import Chip, Follow, UartRegisters

RCC_CR, RCC_CFGR = 0x40021000, 0x40021008
TXE, TC, TEACK, REACK = 1 << 7, 1 << 6, 1 << 21, 1 << 22

CHIP = Chip(
    UartRegisters(status=0x1C, receive=0x24, transmit=0x28, ready=1 << 5, ones=TXE | TC | TEACK | REACK),
    spans=((0x40000000, 0x30000), (0x50000000, 0x2000)),
    follows=(
        Follow(RCC_CR, 1 << 24, RCC_CR, 1 << 25),  # PLLON, PLLRDY
        Follow(RCC_CFGR, 0b111, RCC_CFGR, 0b111 << 3),  # SW, SWS
    ),
)
