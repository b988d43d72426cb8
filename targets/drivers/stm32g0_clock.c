#include "stm32g0_clock.h"

#include "stm32g0_registers.h"
#include "tc_board.h"
#include "tc_board_config.h"

enum { HSI_HZ = 16000000, SOURCE_HSI = 2, VCO_MULTIPLE = 8, DIVIDE_BY_2 = 1, WAIT_STATES = 2, SWITCH_PLL = 2 };

static uint32_t core_hz = HSI_HZ;

stm32_clocks stm32g0_clock_start(void)
{
    RCC_PLLCFGR = TC_FIELD(RCC_PLLCFGR_PLLSRC, SOURCE_HSI) | TC_FIELD(RCC_PLLCFGR_PLLN, VCO_MULTIPLE) |
                  TC_FIELD(RCC_PLLCFGR_PLLR, DIVIDE_BY_2) | RCC_PLLCFGR_PLLREN; /* PLLM 0: 16 MHz as it is */
    RCC_CR |= RCC_CR_PLLON;
    if (tc_wait(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY)) {
        tc_modify(&FLASH_ACR, FLASH_ACR_LATENCY,
                  FLASH_ACR_PRFTEN | FLASH_ACR_ICEN | TC_FIELD(FLASH_ACR_LATENCY, WAIT_STATES));
        (void)tc_wait(&FLASH_ACR, FLASH_ACR_LATENCY, TC_FIELD(FLASH_ACR_LATENCY, WAIT_STATES));
        tc_modify(&RCC_CFGR, RCC_CFGR_SW, TC_FIELD(RCC_CFGR_SW, SWITCH_PLL));
        (void)tc_wait(&RCC_CFGR, RCC_CFGR_SWS, TC_FIELD(RCC_CFGR_SWS, SWITCH_PLL));
        core_hz = TC_BOARD_CLOCK_HZ;
    }
    return (stm32_clocks){core_hz, core_hz, core_hz};
}

uint32_t tc_board_clock_hz(void)
{
    return core_hz;
}
