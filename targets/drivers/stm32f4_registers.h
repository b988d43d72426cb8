/*
 * Clock, power and flash registers of the STM32F4.
 *
 * Source: RM0090 (F405, F407) 3.9, 5.4, 7.3; RM0390 (F446) 3.8, 5.4, 6.3. Of these chips
 * only the F446 has an over-drive.
 */
#ifndef STM32F4_REGISTERS_H
#define STM32F4_REGISTERS_H

#include "tc_register.h"

#define RCC_CR TC_REGISTER(0x40023800u)
#define RCC_CR_HSEON (1u << 16)
#define RCC_CR_HSERDY (1u << 17)
#define RCC_CR_HSEBYP (1u << 18)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_PLLCFGR TC_REGISTER(0x40023804u)
#define RCC_PLLCFGR_PLLM (63u << 0)
#define RCC_PLLCFGR_PLLN (511u << 6)
#define RCC_PLLCFGR_PLLP (3u << 16)
#define RCC_PLLCFGR_PLLSRC (1u << 22)
#define RCC_PLLCFGR_PLLQ (15u << 24)
#define RCC_CFGR TC_REGISTER(0x40023808u)
#define RCC_CFGR_SW (3u << 0)
#define RCC_CFGR_SWS (3u << 2)
#define RCC_CFGR_HPRE (15u << 4)
#define RCC_CFGR_PPRE1 (7u << 10)
#define RCC_CFGR_PPRE2 (7u << 13)
#define RCC_AHB1ENR TC_REGISTER(0x40023830u)
#define RCC_AHB1ENR_GPIOAEN (1u << 0)
#define RCC_APB1ENR TC_REGISTER(0x40023840u)
#define RCC_APB1ENR_USART2EN (1u << 17)
#define RCC_APB1ENR_PWREN (1u << 28)

#define PWR_CR TC_REGISTER(0x40007000u)
#define PWR_CR_ODEN (1u << 16)
#define PWR_CR_ODSWEN (1u << 17)
#define PWR_CSR TC_REGISTER(0x40007004u)
#define PWR_CSR_ODRDY (1u << 16)
#define PWR_CSR_ODSWRDY (1u << 17)

#define FLASH_ACR TC_REGISTER(0x40023c00u)
#define FLASH_ACR_LATENCY (7u << 0)
#define FLASH_ACR_PRFTEN (1u << 8)
#define FLASH_ACR_ICEN (1u << 9)
#define FLASH_ACR_DCEN (1u << 10)

#endif
