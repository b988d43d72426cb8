#include "stm32l4_clock.h"

#include "stm32l4_registers.h"
#include "tc_board.h"
#include "tc_board_config.h"

enum {
    MHZ = 1000000,
    MSI_MHZ = 4,
    CORE_MHZ = TC_BOARD_CLOCK_HZ / MHZ,
    MHZ_PER_WAIT_STATE = 20, /* voltage range 1: RM0432 table 15 */
    SOURCE_MSI = 1,
    SWITCH_PLL = 3,
    DIVIDE_BY_2 = 8
};

static uint32_t core_hz = MSI_MHZ * MHZ;

/* VCO = 4 MHz x N, divided by 2 (R 0); input divider 1 (M 0). */
static int start_pll(void)
{
    RCC_PLLCFGR = TC_FIELD(RCC_PLLCFGR_PLLSRC, SOURCE_MSI) | TC_FIELD(RCC_PLLCFGR_PLLN, CORE_MHZ * 2 / MSI_MHZ) |
                  RCC_PLLCFGR_PLLREN;
    RCC_CR |= RCC_CR_PLLON;
    return tc_wait(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY);
}

stm32_clocks stm32l4_clock_start(void)
{
    RCC_APB1ENR1 |= RCC_APB1ENR1_PWREN;
    PWR_CR5 &= ~PWR_CR5_R1MODE; /* the boost mode of voltage range 1, needed above 80 MHz */
    (void)tc_wait(&PWR_SR2, PWR_SR2_VOSF, 0);
    if (!start_pll()) {
        return (stm32_clocks){core_hz, core_hz, core_hz};
    }
    FLASH_ACR = FLASH_ACR_DCEN | FLASH_ACR_ICEN | FLASH_ACR_PRFTEN |
                TC_FIELD(FLASH_ACR_LATENCY, (CORE_MHZ - 1) / MHZ_PER_WAIT_STATE);
    (void)tc_wait(&FLASH_ACR, FLASH_ACR_LATENCY, TC_FIELD(FLASH_ACR_LATENCY, (CORE_MHZ - 1) / MHZ_PER_WAIT_STATE));
    /* From below to above 80 MHz in two steps, 1 us at half the clock between them: RM0432 5.1.8. */
    tc_modify(&RCC_CFGR, RCC_CFGR_HPRE, TC_FIELD(RCC_CFGR_HPRE, DIVIDE_BY_2));
    tc_modify(&RCC_CFGR, RCC_CFGR_SW, TC_FIELD(RCC_CFGR_SW, SWITCH_PLL));
    (void)tc_wait(&RCC_CFGR, RCC_CFGR_SWS, TC_FIELD(RCC_CFGR_SWS, SWITCH_PLL));
    for (uint32_t i = 0; i < CORE_MHZ; ++i) {
        __asm__ volatile("nop");
    }
    tc_modify(&RCC_CFGR, RCC_CFGR_HPRE, 0);
    core_hz = TC_BOARD_CLOCK_HZ;
    return (stm32_clocks){core_hz, core_hz, core_hz};
}

uint32_t tc_board_clock_hz(void)
{
    return core_hz;
}
