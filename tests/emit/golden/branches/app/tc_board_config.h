/* Board sim-cortex-m3: Simulated Cortex-M3 at 72 MHz, memory without wait states */
#ifndef TC_BOARD_CONFIG_H
#define TC_BOARD_CONFIG_H

#define TC_BOARD_CLOCK_HZ 72000000u
#define TC_BOARD_BAUD 115200u
#define TC_UART_BASE 0x40004000u

#endif
