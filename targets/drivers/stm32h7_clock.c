#include "stm32h7_clock.h"

#include "stm32h7_registers.h"
#include "tc_board.h"
#include "tc_board_config.h"

enum {
    MHZ = 1000000,
    HSI_MHZ = 64,
    INPUT_DIVIDER = 10, /* 6.4 MHz */
    INPUT_4_TO_8_MHZ = 2,
    VCO_MULTIPLE = 125, /* 800 MHz, in the wide range */
    CORE_DIVIDER = 2,
    SCALE_1 = 3,
    DIVIDE_BY_2 = 4,
    DIVIDE_HCLK_BY_2 = 8,
    WAIT_STATES = 2, /* flash at 200 MHz in scale 1: RM0433 table 17 */
    WRITE_DELAY = 2,
    SWITCH_PLL1 = 3
};

static uint32_t core_hz = HSI_MHZ * MHZ;

static void raise_voltage(void)
{
    PWR_CR3 = PWR_CR3_LDOEN | PWR_CR3_SCUEN; /* the supply must be confirmed once before the voltage may change */
    (void)tc_wait(&PWR_CSR1, PWR_CSR1_ACTVOSRDY, PWR_CSR1_ACTVOSRDY);
    PWR_D3CR |= TC_FIELD(PWR_D3CR_VOS, SCALE_1);
    (void)tc_wait(&PWR_D3CR, PWR_D3CR_VOSRDY, PWR_D3CR_VOSRDY);
}

static int start_pll(void)
{
    RCC_PLLCKSELR = TC_FIELD(RCC_PLLCKSELR_DIVM1, INPUT_DIVIDER); /* PLLSRC 0: the internal oscillator */
    RCC_PLLCFGR = TC_FIELD(RCC_PLLCFGR_PLL1RGE, INPUT_4_TO_8_MHZ) | RCC_PLLCFGR_DIVP1EN;
    RCC_PLL1DIVR = TC_FIELD(RCC_PLL1DIVR_DIVN1, VCO_MULTIPLE - 1) | TC_FIELD(RCC_PLL1DIVR_DIVP1, CORE_DIVIDER - 1);
    RCC_CR |= RCC_CR_PLL1ON;
    return tc_wait(&RCC_CR, RCC_CR_PLL1RDY, RCC_CR_PLL1RDY);
}

stm32_clocks stm32h7_clock_start(void)
{
    raise_voltage();
    if (!start_pll()) {
        return (stm32_clocks){core_hz, core_hz, core_hz};
    }
    FLASH_ACR = TC_FIELD(FLASH_ACR_LATENCY, WAIT_STATES) | TC_FIELD(FLASH_ACR_WRHIGHFREQ, WRITE_DELAY);
    RCC_D1CFGR = TC_FIELD(RCC_D1CFGR_HPRE, DIVIDE_HCLK_BY_2) | TC_FIELD(RCC_D1CFGR_D1PPRE, DIVIDE_BY_2);
    RCC_D2CFGR = TC_FIELD(RCC_D2CFGR_D2PPRE1, DIVIDE_BY_2) | TC_FIELD(RCC_D2CFGR_D2PPRE2, DIVIDE_BY_2);
    RCC_D3CFGR = TC_FIELD(RCC_D3CFGR_D3PPRE, DIVIDE_BY_2);
    tc_modify(&RCC_CFGR, RCC_CFGR_SW, TC_FIELD(RCC_CFGR_SW, SWITCH_PLL1));
    (void)tc_wait(&RCC_CFGR, RCC_CFGR_SWS, TC_FIELD(RCC_CFGR_SWS, SWITCH_PLL1));
    core_hz = TC_BOARD_CLOCK_HZ;
    return (stm32_clocks){core_hz, core_hz / 4u, core_hz / 4u};
}

uint32_t tc_board_clock_hz(void)
{
    return core_hz;
}
