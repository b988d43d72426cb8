"""STM32H743: RCC, PWR and USART. Source: RM0433, 6.8, 8.7 and 48.7."""

from toolchain.runners.simulator.registers import Chip, Follow, UartRegisters

RCC_CR, RCC_CFGR = 0x58024400, 0x58024410
PWR_CSR1, PWR_D3CR = 0x58024804, 0x58024818
TXE, TC, TEACK, REACK = 1 << 7, 1 << 6, 1 << 21, 1 << 22

CHIP = Chip(
    UartRegisters(status=0x1C, receive=0x24, transmit=0x28, ready=1 << 5, ones=TXE | TC | TEACK | REACK),
    spans=((0x40000000, 0x30000), (0x52000000, 0x4000), (0x58020000, 0x7000)),
    follows=(
        Follow(RCC_CR, 1 << 24, RCC_CR, 1 << 25),  # PLL1ON, PLL1RDY
        Follow(RCC_CFGR, 0b111, RCC_CFGR, 0b111 << 3),  # SW, SWS
    ),
    ones={PWR_CSR1: 1 << 13, PWR_D3CR: 1 << 13},  # ACTVOSRDY, VOSRDY
)
