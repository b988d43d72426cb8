/* TC_BOARD_CLOCK_HZ, up to 120 MHz, on an STM32L4+, from the internal MSI oscillator (4 MHz after reset) and the PLL. */
#ifndef STM32L4_CLOCK_H
#define STM32L4_CLOCK_H

#include "stm32_clocks.h"

stm32_clocks stm32l4_clock_start(void);

#endif
