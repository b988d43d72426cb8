#include "stm32f1_clock.h"

#include "stm32f1_registers.h"
#include "tc_board.h"
#include "tc_board_config.h"

enum { HSI_HZ = 8000000, SWITCH_PLL = 2, TIMES_3 = 1, TIMES_6 = 4 };

static uint32_t core_hz = HSI_HZ;

stm32_clocks stm32f1_clock_start(void)
{
    RCC_CR |= RCC_CR_HSEON;
    const int crystal = tc_wait(&RCC_CR, RCC_CR_HSERDY, RCC_CR_HSERDY);
    /* 8 MHz x 3, or half of the internal 8 MHz x 6 */
    tc_modify(&RCC_CFGR, RCC_CFGR_PLLSRC | RCC_CFGR_PLLMUL,
              crystal ? RCC_CFGR_PLLSRC | TC_FIELD(RCC_CFGR_PLLMUL, TIMES_3) : TC_FIELD(RCC_CFGR_PLLMUL, TIMES_6));
    RCC_CR |= RCC_CR_PLLON;
    if (tc_wait(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY)) {
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
