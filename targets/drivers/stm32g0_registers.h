/*
 * Clock and flash registers of the STM32G0.
 *
 * Source: RM0444 3.7 (FLASH), 5.4 (RCC).
 */
#ifndef STM32G0_REGISTERS_H
#define STM32G0_REGISTERS_H

#include "tc_register.h"

#define RCC_CR TC_REGISTER(0x40021000u)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CFGR TC_REGISTER(0x40021008u)
#define RCC_CFGR_SW (7u << 0)
#define RCC_CFGR_SWS (7u << 3)
#define RCC_PLLCFGR TC_REGISTER(0x4002100cu)
#define RCC_PLLCFGR_PLLSRC (3u << 0)
#define RCC_PLLCFGR_PLLN (127u << 8)
#define RCC_PLLCFGR_PLLREN (1u << 28)
#define RCC_PLLCFGR_PLLR (7u << 29)
#define RCC_IOPENR TC_REGISTER(0x40021034u)
#define RCC_IOPENR_GPIOAEN (1u << 0)
#define RCC_APBENR1 TC_REGISTER(0x4002103cu)
#define RCC_APBENR1_USART2EN (1u << 17)

#define FLASH_ACR TC_REGISTER(0x40022000u)
#define FLASH_ACR_LATENCY (7u << 0)
#define FLASH_ACR_PRFTEN (1u << 8)
#define FLASH_ACR_ICEN (1u << 9)

#endif
