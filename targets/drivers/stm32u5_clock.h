/* 160 MHz, the most of an STM32U5, from the internal 16 MHz oscillator and PLL1; instruction cache on. */
#ifndef STM32U5_CLOCK_H
#define STM32U5_CLOCK_H

#include "stm32_clocks.h"

stm32_clocks stm32u5_clock_start(void);

#endif
