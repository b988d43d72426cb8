/*
 * Clock, power and flash registers of the STM32L4+.
 *
 * Source: RM0432 3.7 (FLASH), 5.4 (PWR), 6.4 (RCC).
 */
#ifndef STM32L4_REGISTERS_H
#define STM32L4_REGISTERS_H

#include "tc_register.h"

#define RCC_CR TC_REGISTER(0x40021000u)
#define RCC_CR_MSION (1u << 0)
#define RCC_CR_MSIRDY (1u << 1)
#define RCC_CR_PLLON (1u << 24)
#define RCC_CR_PLLRDY (1u << 25)
#define RCC_CFGR TC_REGISTER(0x40021008u)
#define RCC_CFGR_SW (3u << 0)
#define RCC_CFGR_SWS (3u << 2)
#define RCC_CFGR_HPRE (15u << 4)
#define RCC_PLLCFGR TC_REGISTER(0x4002100cu)
#define RCC_PLLCFGR_PLLSRC (3u << 0)
#define RCC_PLLCFGR_PLLN (127u << 8)
#define RCC_PLLCFGR_PLLREN (1u << 24)
#define RCC_AHB2ENR TC_REGISTER(0x4002104cu)
#define RCC_AHB2ENR_GPIOGEN (1u << 6)
#define RCC_APB1ENR1 TC_REGISTER(0x40021058u)
#define RCC_APB1ENR1_PWREN (1u << 28)
#define RCC_APB1ENR2 TC_REGISTER(0x4002105cu)
#define RCC_APB1ENR2_LPUART1EN (1u << 0)

#define PWR_CR2 TC_REGISTER(0x40007004u)
#define PWR_CR2_IOSV (1u << 9)
#define PWR_SR2 TC_REGISTER(0x40007014u)
#define PWR_SR2_VOSF (1u << 10)
#define PWR_CR5 TC_REGISTER(0x40007080u)
#define PWR_CR5_R1MODE (1u << 8)

#define FLASH_ACR TC_REGISTER(0x40022000u)
#define FLASH_ACR_LATENCY (15u << 0)
#define FLASH_ACR_PRFTEN (1u << 8)
#define FLASH_ACR_ICEN (1u << 9)
#define FLASH_ACR_DCEN (1u << 10)

#endif
