/* Clocks of an STM32 after its family's stm32*_clock_start: what they really are, also when a crystal did not start. */
#ifndef STM32_CLOCKS_H
#define STM32_CLOCKS_H

#include <stdint.h>

typedef struct {
    uint32_t core_hz, apb1_hz, apb2_hz;
} stm32_clocks;

#endif
