"""No chip: a CMSDK APB UART and a clock that runs already. Source: Arm CMSDK TRM (DDI 0479), APB UART."""

from toolchain.runners.simulator.registers import Chip, UartRegisters

CHIP = Chip(UartRegisters(status=0x4, receive=0x0, transmit=0x0, ready=1 << 1))
