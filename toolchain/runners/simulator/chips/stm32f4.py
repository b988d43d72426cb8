"""STM32F4: RCC, PWR and USART. Source: RM0090 5.4, 7.3, 30.6; RM0390 5.4, 6.3, 25.6."""

from toolchain.runners.simulator.registers import Chip, Follow, UartRegisters

RCC_CR, RCC_CFGR = 0x40023800, 0x40023808
PWR_CR, PWR_CSR = 0x40007000, 0x40007004

CHIP = Chip(
    UartRegisters(status=0x00, receive=0x04, transmit=0x04, ready=1 << 5, ones=1 << 7 | 1 << 6),  # TXE, TC
    spans=((0x40000000, 0x30000),),
    follows=(
        Follow(RCC_CR, 1 << 16, RCC_CR, 1 << 17),  # HSEON, HSERDY
        Follow(RCC_CR, 1 << 24, RCC_CR, 1 << 25),  # PLLON, PLLRDY
        Follow(RCC_CFGR, 0b11, RCC_CFGR, 0b11 << 2),  # SW, SWS
        Follow(PWR_CR, 0b11 << 16, PWR_CSR, 0b11 << 16),  # ODEN, ODSWEN: ODRDY, ODSWRDY
    ),
    ones={RCC_CR: 1 << 1},  # HSIRDY
)
