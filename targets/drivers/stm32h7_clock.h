/* 400 MHz on an STM32H743 of any revision (voltage scale 1), from the internal 64 MHz oscillator; buses at 200 and 100 MHz. */
#ifndef STM32H7_CLOCK_H
#define STM32H7_CLOCK_H

#include "stm32_clocks.h"

stm32_clocks stm32h7_clock_start(void);

#endif
