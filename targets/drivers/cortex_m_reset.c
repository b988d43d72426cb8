/*
 * Reset through the System Control Block, the same on every Cortex-M.
 *
 * Source: Armv7-M Architecture Reference Manual (DDI 0403), B3.2.6, Application Interrupt and Reset Control Register.
 */
#include "tc_board.h"

#define SCB_AIRCR (*(volatile uint32_t *)0xe000ed0cU)

enum { AIRCR_SYSRESETREQ = 1 << 2 };

void tc_board_reset(void)
{
    const uint32_t key = UINT32_C(0x05fa) << 16; /* writes without it are ignored */

    __asm__ volatile("dsb" ::: "memory"); /* what was written before the reset reaches its register */
    SCB_AIRCR = key | AIRCR_SYSRESETREQ;
    for (;;) {
        __asm__ volatile("nop"); /* the reset takes effect some cycles later */
    }
}
