/*
 * Cycle counter. Armv7-M and Armv8-M Mainline: the DWT's CYCCNT, 32 bits. Armv6-M has none: SysTick, 24 bits, extended by
 * its interrupt once every 2^24 cycles. Where CYCCNT stands still (QEMU has none), the kind is TC_CYCLES_NONE.
 * TC_BOARD_HAS_CYCCNT says that a board has CYCCNT whatever its core: the built-in simulator counts there on every core.
 * TC_BOARD_HAS_NO_CYCLE_COUNTER says that it has neither.
 *
 * Source: Armv7-M Architecture Reference Manual (DDI 0403), C1.8 (DWT) and B3.3 (SysTick).
 */
#include "tc_board.h"
#include "tc_board_config.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#if defined(TC_BOARD_HAS_NO_CYCLE_COUNTER)

void tc_cycles_init(void)
{
}

uint32_t tc_cycles(void)
{
    return 0;
}

uint8_t tc_cycles_kind(void)
{
    return TC_CYCLES_NONE;
}

#elif defined(__ARM_ARCH_6M__) && !defined(TC_BOARD_HAS_CYCCNT)

#define SYST_CSR REGISTER(0xe000e010U)
#define SYST_RVR REGISTER(0xe000e014U)
#define SYST_CVR REGISTER(0xe000e018U)
#define SCB_ICSR REGISTER(0xe000ed04U)

enum {
    CSR_ENABLE = 1,
    CSR_TICKINT = 2,
    CSR_CLKSOURCE_CORE = 4,
    ICSR_PENDSTSET = 1 << 26,
    COUNTER_BITS = 24,
    RELOAD = 0xffffff
};

static volatile uint32_t wraps;

void SysTick_Handler(void);
void SysTick_Handler(void)
{
    wraps = wraps + 1U;
}

void tc_cycles_init(void)
{
    wraps = 0;
    SYST_RVR = RELOAD;
    SYST_CVR = 0;
    SYST_CSR = CSR_ENABLE | CSR_TICKINT | CSR_CLKSOURCE_CORE;
}

uint32_t tc_cycles(void)
{
    uint32_t high, low;

    do { /* a wrap between the two reads makes them disagree; then once more */
        high = wraps;
        low = RELOAD - SYST_CVR;
    } while (high != wraps || (SCB_ICSR & ICSR_PENDSTSET) != 0);
    return (high << COUNTER_BITS) + low;
}

uint8_t tc_cycles_kind(void)
{
    return TC_CYCLES_SYSTICK;
}

#else

#define DEMCR REGISTER(0xe000edfcU)
#define DWT_CTRL REGISTER(0xe0001000U)
#define DWT_CYCCNT REGISTER(0xe0001004U)
#define DWT_LAR REGISTER(0xe0001fb0U)

enum { DEMCR_TRCENA = 1 << 24, CTRL_CYCCNTENA = 1 };

static uint8_t kind = TC_CYCLES_NONE;

void tc_cycles_init(void)
{
    DEMCR |= DEMCR_TRCENA;
#if __ARM_ARCH == 7
    DWT_LAR = UINT32_C(0xc5acce55); /* Cortex-M7 locks the DWT; the others ignore the write */
#endif
    DWT_CYCCNT = 0;
    DWT_CTRL |= CTRL_CYCCNTENA;
    __asm__ volatile("dsb\n\tnop\n\tnop" ::: "memory"); /* time to count in */
    kind = DWT_CYCCNT != 0 ? TC_CYCLES_DWT : TC_CYCLES_NONE;
}

uint32_t tc_cycles(void)
{
    return DWT_CYCCNT;
}

uint8_t tc_cycles_kind(void)
{
    return kind;
}

#endif
