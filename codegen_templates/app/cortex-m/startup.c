/*
 * Vector table and reset for every Cortex-M, in C: the core loads the stack pointer from word 0 and starts at word 1.
 *
 * Source: Armv6-M (DDI 0419), Armv7-M (DDI 0403) and Armv8-M (DDI 0553) Architecture Reference Manuals: vector table,
 * VTOR, CPACR, MSPLIM.
 */
#include "tc_board_config.h"
#include "tc_linker.h"

#define SCB_VTOR (*(volatile uint32_t *)0xe000ed08U)
#define SCB_CPACR (*(volatile uint32_t *)0xe000ed88U)

enum { SYSTEM_VECTORS = 16, INTERRUPT_VECTORS = 32, CPACR_CP10_CP11_FULL = 0xf << 20 };

typedef union {
    const uint32_t *stack;
    void (*handler)(void);
} vector;

int main(void);
void Reset_Handler(void);
void tc_unexpected_exception(void);

/* Stops here, so that a debugger shows where; IPSR holds the exception's number. */
void tc_unexpected_exception(void)
{
    for (;;) {
        __asm__ volatile("nop");
    }
}

#define DEFAULT_HANDLER(name) void name(void) __attribute__((weak, alias("tc_unexpected_exception")))

DEFAULT_HANDLER(NMI_Handler);
DEFAULT_HANDLER(HardFault_Handler);
DEFAULT_HANDLER(MemManage_Handler);
DEFAULT_HANDLER(BusFault_Handler);
DEFAULT_HANDLER(UsageFault_Handler);
DEFAULT_HANDLER(SecureFault_Handler);
DEFAULT_HANDLER(SVC_Handler);
DEFAULT_HANDLER(DebugMon_Handler);
DEFAULT_HANDLER(PendSV_Handler);
DEFAULT_HANDLER(SysTick_Handler);

#define FOUR(handler_)                                                   \
    {.handler = handler_}, {.handler = handler_}, {.handler = handler_}, \
    {                                                                    \
        .handler = handler_                                              \
    }
#define SIXTEEN(handler_) FOUR(handler_), FOUR(handler_), FOUR(handler_), FOUR(handler_)

/* Interrupts are not used by this application; their vectors stop in the handler that a debugger can show. */
extern const vector tc_vectors[SYSTEM_VECTORS + INTERRUPT_VECTORS];
__attribute__((section(".vectors"), used)) const vector tc_vectors[SYSTEM_VECTORS + INTERRUPT_VECTORS] = {
    {.stack = __stack_top},
    {.handler = Reset_Handler},
    {.handler = NMI_Handler},
    {.handler = HardFault_Handler},
    {.handler = MemManage_Handler},
    {.handler = BusFault_Handler},
    {.handler = UsageFault_Handler},
    {.handler = SecureFault_Handler},
    {.stack = 0},
    {.stack = 0},
    {.stack = 0},
    {.handler = SVC_Handler},
    {.handler = DebugMon_Handler},
    {.stack = 0},
    {.handler = PendSV_Handler},
    {.handler = SysTick_Handler},
    SIXTEEN(tc_unexpected_exception),
    SIXTEEN(tc_unexpected_exception),
};

static void prepare_core(void)
{
#if __ARM_ARCH >= 7
    SCB_VTOR = (uint32_t)(uintptr_t)tc_vectors; /* a boot loader may have left its own; optional on Armv6-M */
#endif
#if __ARM_ARCH >= 8
    __asm__ volatile("msr msplim, %0" ::"r"(__stack_limit)); /* an overflow faults at once */
#endif
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    SCB_CPACR |= CPACR_CP10_CP11_FULL;
    __asm__ volatile("dsb\n\tisb" ::: "memory"); /* the next instructions may use the coprocessor */
#endif
}

/* Apart from Reset_Handler, so that no instruction of the FPU or of MVE, not even a prologue's, runs before CPACR is set. */
static __attribute__((noinline)) void start(void)
{
    const uint32_t *from = __data_load;

    for (uint32_t *to = __data_start; to < __data_end; ++to) {
        *to = *from++;
    }
#if defined(TC_BOARD_COPIES_CONSTANTS)
    from = __fast_load;
    for (uint32_t *to = __fast_start; to < __fast_end; ++to) {
        *to = *from++;
    }
#endif
    for (uint32_t *to = __bss_start; to < __bss_end; ++to) {
        *to = 0;
    }
    (void)main();
    for (;;) {
        __asm__ volatile("nop");
    }
}

void Reset_Handler(void)
{
    prepare_core();
    start();
}
