"""STM32F100: RCC and USART. Source: RM0041, 6.3 and 23.6."""

from toolchain.runners.simulator.registers import Chip, Follow, UartRegisters

RCC_CR, RCC_CFGR = 0x40021000, 0x40021004

CHIP = Chip(
    UartRegisters(status=0x00, receive=0x04, transmit=0x04, ready=1 << 5, ones=1 << 7 | 1 << 6),  # TXE, TC
    spans=((0x40000000, 0x30000),),
    follows=(
        Follow(RCC_CR, 1 << 16, RCC_CR, 1 << 17),  # HSEON, HSERDY
        Follow(RCC_CR, 1 << 24, RCC_CR, 1 << 25),  # PLLON, PLLRDY
        Follow(RCC_CFGR, 0b11, RCC_CFGR, 0b11 << 2),  # SW, SWS
    ),
)
