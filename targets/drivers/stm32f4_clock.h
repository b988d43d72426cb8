/*
 * TC_BOARD_CLOCK_HZ on an STM32F4, from the crystal of TC_HSE_HZ (TC_HSE_IS_BYPASSED 1: a clock signal in its place) or,
 * when that does not start, from the internal 16 MHz oscillator.
 */
#ifndef STM32F4_CLOCK_H
#define STM32F4_CLOCK_H

#include "stm32_clocks.h"

stm32_clocks stm32f4_clock_start(void);

#endif
