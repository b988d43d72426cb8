/* 24 MHz, the most of an STM32F100, from an 8 MHz crystal or, when it does not start, from the internal oscillator. */
#ifndef STM32F1_CLOCK_H
#define STM32F1_CLOCK_H

#include "stm32_clocks.h"

stm32_clocks stm32f1_clock_start(void);

#endif
