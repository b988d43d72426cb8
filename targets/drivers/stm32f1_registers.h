/*
 * Clock and port registers of the STM32F100.
 *
 * Source: RM0041 6.3 (RCC; PLLSRC selects HSE / PREDIV1), 7.2 (GPIO).
 */
#ifndef STM32F1_REGISTERS_H
#define STM32F1_REGISTERS_H

#include "tc_register.h"

#define RCC_CR TC_REGISTER(0x40021000u)
#define RCC_CR_HSEON (1u << 16)
#define RCC_CR_HSERDY (1u << 17)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CFGR TC_REGISTER(0x40021004u)
#define RCC_CFGR_SW (3u << 0)
#define RCC_CFGR_SWS (3u << 2)
#define RCC_CFGR_PLLSRC (1u << 16)
#define RCC_CFGR_PLLMUL (15u << 18)
#define RCC_APB2ENR TC_REGISTER(0x40021018u)
#define RCC_APB2ENR_IOPAEN (1u << 2)
#define RCC_APB2ENR_USART1EN (1u << 14)

#define GPIOA_CRH TC_REGISTER(0x40010804u)
#define GPIOA_CRH_MODE9 (3u << 4)
#define GPIOA_CRH_CNF9 (3u << 6)
#define GPIOA_CRH_MODE10 (3u << 8)
#define GPIOA_CRH_CNF10 (3u << 10)

#endif
