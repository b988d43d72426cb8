/*
 * Clock, power, cache and flash registers of the STM32U5.
 *
 * Source: RM0456 7.9 (FLASH), 8.4 (ICACHE), 10.10 (PWR), 11.8 (RCC).
 */
#ifndef STM32U5_REGISTERS_H
#define STM32U5_REGISTERS_H

#include "tc_register.h"

#define RCC_CR TC_REGISTER(0x46020c00u)
#define RCC_CR_HSION (1u << 8)
#define RCC_CR_HSIRDY (1u << 10)
#define RCC_CR_PLL1ON (1u << 24)
#define RCC_CR_PLL1RDY (1u << 25)
#define RCC_CFGR1 TC_REGISTER(0x46020c1cu)
#define RCC_CFGR1_SW (3u << 0)
#define RCC_CFGR1_SWS (3u << 2)
#define RCC_PLL1CFGR TC_REGISTER(0x46020c28u)
#define RCC_PLL1CFGR_PLL1SRC (3u << 0)
#define RCC_PLL1CFGR_PLL1RGE (3u << 2)
#define RCC_PLL1CFGR_PLL1M (15u << 8)
#define RCC_PLL1CFGR_PLL1REN (1u << 18)
#define RCC_PLL1DIVR TC_REGISTER(0x46020c34u)
#define RCC_PLL1DIVR_PLL1N (511u << 0)
#define RCC_PLL1DIVR_PLL1R (127u << 24)
#define RCC_AHB2ENR1 TC_REGISTER(0x46020c8cu)
#define RCC_AHB2ENR1_GPIOAEN (1u << 0)
#define RCC_AHB3ENR TC_REGISTER(0x46020c94u)
#define RCC_AHB3ENR_PWREN (1u << 2)
#define RCC_APB2ENR TC_REGISTER(0x46020ca4u)
#define RCC_APB2ENR_USART1EN (1u << 14)

#define PWR_VOSR TC_REGISTER(0x4602080cu)
#define PWR_VOSR_BOOSTRDY (1u << 14)
#define PWR_VOSR_VOSRDY (1u << 15)
#define PWR_VOSR_VOS (3u << 16)
#define PWR_VOSR_BOOSTEN (1u << 18)

#define FLASH_ACR TC_REGISTER(0x40022000u)
#define FLASH_ACR_LATENCY (15u << 0)
#define FLASH_ACR_PRFTEN (1u << 8)

#define ICACHE_CR TC_REGISTER(0x40030400u)
#define ICACHE_CR_EN (1u << 0)

#endif
