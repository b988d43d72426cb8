"""STM32U5: RCC, PWR and USART. Source: RM0456, 10.10, 11.8 and 66.8."""

from toolchain.runners.simulator.registers import Chip, Follow, UartRegisters

RCC_CR, RCC_CFGR1 = 0x46020C00, 0x46020C1C
PWR_VOSR = 0x4602080C
TXE, TC, TEACK, REACK = 1 << 7, 1 << 6, 1 << 21, 1 << 22

CHIP = Chip(
    UartRegisters(status=0x1C, receive=0x24, transmit=0x28, ready=1 << 5, ones=TXE | TC | TEACK | REACK),
    spans=((0x40000000, 0x40000), (0x42020000, 0x3000), (0x46020000, 0x2000)),
    follows=(
        Follow(RCC_CR, 1 << 8, RCC_CR, 1 << 10),  # HSION, HSIRDY
        Follow(RCC_CR, 1 << 24, RCC_CR, 1 << 25),  # PLL1ON, PLL1RDY
        Follow(RCC_CFGR1, 0b11, RCC_CFGR1, 0b11 << 2),  # SW, SWS
        Follow(PWR_VOSR, 1 << 18, PWR_VOSR, 1 << 14),  # BOOSTEN, BOOSTRDY
    ),
    ones={PWR_VOSR: 1 << 15},  # VOSRDY
)
