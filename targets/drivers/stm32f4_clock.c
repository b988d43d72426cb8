#include "stm32f4_clock.h"

#include "stm32f4_registers.h"
#include "tc_board.h"
#include "tc_board_config.h"

enum {
    MHZ = 1000000,
    HSI_MHZ = 16,
    CORE_MHZ = TC_BOARD_CLOCK_HZ / MHZ,
    MHZ_PER_WAIT_STATE = 30,  /* at 2.7 V and more: RM0090 table 10, RM0390 table 6 */
    MHZ_OF_OVER_DRIVE = 168,  /* F446: beyond it the regulator needs its over-drive */
    PLL_INPUT_MHZ = 2,        /* the highest allowed: the least jitter; N is then the core's clock in MHz */
    SWITCH_PLL = 2,
    DIVIDE_BY_2 = 4,
    DIVIDE_BY_4 = 5
};

static uint32_t core_hz = HSI_MHZ * MHZ;

static int start_crystal(void)
{
    RCC_CR |= TC_HSE_IS_BYPASSED ? RCC_CR_HSEBYP | RCC_CR_HSEON : RCC_CR_HSEON;
    return tc_wait(&RCC_CR, RCC_CR_HSERDY, RCC_CR_HSERDY);
}

static int start_pll(uint32_t source_mhz, uint32_t source)
{
    RCC_PLLCFGR = TC_FIELD(RCC_PLLCFGR_PLLM, source_mhz / PLL_INPUT_MHZ) | TC_FIELD(RCC_PLLCFGR_PLLN, CORE_MHZ) |
                  TC_FIELD(RCC_PLLCFGR_PLLP, 0) | TC_FIELD(RCC_PLLCFGR_PLLQ, 8) | source; /* P 0: divided by 2 */
    RCC_CR |= RCC_CR_PLLON;
    return tc_wait(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY);
}

static void start_over_drive(void)
{
    PWR_CR |= PWR_CR_ODEN;
    (void)tc_wait(&PWR_CSR, PWR_CSR_ODRDY, PWR_CSR_ODRDY);
    PWR_CR |= PWR_CR_ODSWEN;
    (void)tc_wait(&PWR_CSR, PWR_CSR_ODSWRDY, PWR_CSR_ODSWRDY);
}

stm32_clocks stm32f4_clock_start(void)
{
    RCC_APB1ENR |= RCC_APB1ENR_PWREN; /* the voltage is the highest after reset: PWR_CR.VOS */
    const int crystal = start_crystal();
    if (!start_pll(crystal ? TC_HSE_HZ / MHZ : HSI_MHZ, crystal ? RCC_PLLCFGR_PLLSRC : 0u)) {
        return (stm32_clocks){core_hz, core_hz, core_hz};
    }
    if (CORE_MHZ > MHZ_OF_OVER_DRIVE) {
        start_over_drive();
    }
    FLASH_ACR = FLASH_ACR_DCEN | FLASH_ACR_ICEN | FLASH_ACR_PRFTEN |
                TC_FIELD(FLASH_ACR_LATENCY, (CORE_MHZ - 1) / MHZ_PER_WAIT_STATE);
    tc_modify(&RCC_CFGR, RCC_CFGR_HPRE | RCC_CFGR_PPRE1 | RCC_CFGR_PPRE2,
              TC_FIELD(RCC_CFGR_PPRE1, DIVIDE_BY_4) | TC_FIELD(RCC_CFGR_PPRE2, DIVIDE_BY_2));
    tc_modify(&RCC_CFGR, RCC_CFGR_SW, TC_FIELD(RCC_CFGR_SW, SWITCH_PLL));
    (void)tc_wait(&RCC_CFGR, RCC_CFGR_SWS, TC_FIELD(RCC_CFGR_SWS, SWITCH_PLL));
    core_hz = TC_BOARD_CLOCK_HZ;
    return (stm32_clocks){core_hz, core_hz / 4u, core_hz / 2u};
}

uint32_t tc_board_clock_hz(void)
{
    return core_hz;
}
