/* 64 MHz, the most of an STM32G0, from the internal 16 MHz oscillator and the PLL. */
#ifndef STM32G0_CLOCK_H
#define STM32G0_CLOCK_H

#include "stm32_clocks.h"

stm32_clocks stm32g0_clock_start(void);

#endif
