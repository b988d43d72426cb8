#include "cortex_m7_cache.h"

#include "tc_register.h"

#define SCB_CCR TC_REGISTER(0xe000ed14u)
#define SCB_CCR_DC (1u << 16)
#define SCB_CCR_IC (1u << 17)
#define SCB_CCSIDR TC_REGISTER(0xe000ed80u)
#define SCB_CSSELR TC_REGISTER(0xe000ed84u)
#define SCB_ICIALLU TC_REGISTER(0xe000ef50u)
#define SCB_DCISW TC_REGISTER(0xe000ef60u)

enum { SET_SHIFT = 5, WAY_SHIFT = 30 }; /* lines of 32 bytes, four ways: Cortex-M7 TRM (DDI 0489), 5.2 */

static void barrier(void)
{
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

static void invalidate_data_cache(void)
{
    SCB_CSSELR = 0; /* the data cache */
    barrier();
    const uint32_t size = SCB_CCSIDR;
    const uint32_t last_set = size >> 13 & 0x7fffu, last_way = size >> 3 & 0x3ffu;
    for (uint32_t set = 0; set <= last_set; ++set) {
        for (uint32_t way = 0; way <= last_way; ++way) {
            SCB_DCISW = set << SET_SHIFT | way << WAY_SHIFT;
        }
    }
}

void cortex_m7_cache_start(void)
{
    if ((SCB_CCR & SCB_CCR_DC) != 0u) {
        return; /* a boot loader turned it on: its contents may be newer than the memory's */
    }
    SCB_ICIALLU = 0;
    invalidate_data_cache();
    barrier();
    SCB_CCR |= SCB_CCR_IC | SCB_CCR_DC;
    barrier();
}
