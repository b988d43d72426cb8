#include "stm32u5_clock.h"

#include "stm32u5_registers.h"
#include "tc_board.h"
#include "tc_board_config.h"

enum {
    MSI_HZ = 4000000, /* the clock after reset */
    SOURCE_HSI = 2,
    INPUT_8_TO_16_MHZ = 3,
    INPUT_DIVIDER = 2,
    VCO_MULTIPLE = 40, /* 8 MHz x 40 = 320 MHz */
    CORE_DIVIDER = 2,
    RANGE_1 = 3,
    WAIT_STATES = 4, /* range 1: RM0456 table 54 */
    SWITCH_PLL1 = 3
};

static uint32_t core_hz = MSI_HZ;

/* Range 1 first, then PLL1's source, which clocks the booster that speeds above 55 MHz need (PLL1MBOOST 0: undivided). */
static void raise_voltage(void)
{
    RCC_AHB3ENR |= RCC_AHB3ENR_PWREN;
    tc_modify(&PWR_VOSR, PWR_VOSR_VOS, TC_FIELD(PWR_VOSR_VOS, RANGE_1));
    (void)tc_wait(&PWR_VOSR, PWR_VOSR_VOSRDY, PWR_VOSR_VOSRDY);
    RCC_CR |= RCC_CR_HSION;
    (void)tc_wait(&RCC_CR, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC_PLL1CFGR = TC_FIELD(RCC_PLL1CFGR_PLL1SRC, SOURCE_HSI) | TC_FIELD(RCC_PLL1CFGR_PLL1RGE, INPUT_8_TO_16_MHZ) |
                   TC_FIELD(RCC_PLL1CFGR_PLL1M, INPUT_DIVIDER - 1) | RCC_PLL1CFGR_PLL1REN;
    PWR_VOSR |= PWR_VOSR_BOOSTEN;
    (void)tc_wait(&PWR_VOSR, PWR_VOSR_BOOSTRDY, PWR_VOSR_BOOSTRDY);
}

stm32_clocks stm32u5_clock_start(void)
{
    raise_voltage();
    RCC_PLL1DIVR = TC_FIELD(RCC_PLL1DIVR_PLL1N, VCO_MULTIPLE - 1) | TC_FIELD(RCC_PLL1DIVR_PLL1R, CORE_DIVIDER - 1);
    RCC_CR |= RCC_CR_PLL1ON;
    ICACHE_CR |= ICACHE_CR_EN;
    if (tc_wait(&RCC_CR, RCC_CR_PLL1RDY, RCC_CR_PLL1RDY)) {
        FLASH_ACR = FLASH_ACR_PRFTEN | TC_FIELD(FLASH_ACR_LATENCY, WAIT_STATES);
        (void)tc_wait(&FLASH_ACR, FLASH_ACR_LATENCY, TC_FIELD(FLASH_ACR_LATENCY, WAIT_STATES));
        tc_modify(&RCC_CFGR1, RCC_CFGR1_SW, TC_FIELD(RCC_CFGR1_SW, SWITCH_PLL1));
        (void)tc_wait(&RCC_CFGR1, RCC_CFGR1_SWS, TC_FIELD(RCC_CFGR1_SWS, SWITCH_PLL1));
        core_hz = TC_BOARD_CLOCK_HZ;
    }
    return (stm32_clocks){core_hz, core_hz, core_hz};
}

uint32_t tc_board_clock_hz(void)
{
    return core_hz;
}
