/*
 * Faults: every one escalates to HardFault, whose handler writes a record into memory that a reset leaves alone, and
 * resets. Bus, memory and usage faults are not enabled on their own: their status registers tell them apart.
 *
 * Source: Armv7-M Architecture Reference Manual (DDI 0403), B1.5.6 exception entry, B3.2.15 CFSR, B3.2.16 HFSR, B3.2.18
 * MMFAR, BFAR; Armv6-M (DDI 0419) has no fault status registers.
 */
#include "tc_fault.h"

#include <stddef.h>

#include "tc_board.h"
#include "tc_linker.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SCB_CFSR REGISTER(0xe000ed28U)
#define SCB_HFSR REGISTER(0xe000ed2cU)
#define SCB_MMFAR REGISTER(0xe000ed34U)
#define SCB_BFAR REGISTER(0xe000ed38U)

enum {
    MMARVALID = 1 << 7,
    BFARVALID = 1 << 15,
    NOT_STACKED = 1 << 4 | 1 << 12 | 1 << 20, /* MSTKERR, STKERR, and STKOF of Armv8-M */
    IPSR_EXCEPTION = 0x1ff,
    FRAME_LR = 5,
    FRAME_PC = 6,
    FRAME_PSR = 7,
    FRAME_WORDS = 8
};

static struct {
    tc_fault_record record;
    uint32_t check; /* tells a record from what memory holds after power-on */
} kept __attribute__((section(".bss.tc_noinit")));

static volatile uint32_t running_layer = TC_FAULT_NO_LAYER;

static uint32_t check_word(void)
{
    const uint32_t *words = (const uint32_t *)(const void *)&kept.record;
    uint32_t check = UINT32_C(0x46415543);

    for (size_t i = 0; i < TC_FAULT_WORDS; ++i) {
        check = (check << 1 | check >> 31) ^ words[i];
    }
    return check;
}

static void start_record(uint32_t exception)
{
    const tc_fault_record empty = {.exception = exception, .layer = running_layer};

    kept.record = empty;
}

static void read_status(void)
{
#if __ARM_ARCH >= 7
    kept.record.cfsr = SCB_CFSR;
    kept.record.hfsr = SCB_HFSR;
    if ((kept.record.cfsr & MMARVALID) != 0U) {
        kept.record.address = SCB_MMFAR;
    } else if ((kept.record.cfsr & BFARVALID) != 0U) {
        kept.record.address = SCB_BFAR;
    }
#endif
}

void tc_fault_record_and_reset(const uint32_t *frame);
void tc_fault_record_and_reset(const uint32_t *frame)
{
    uint32_t exception;

    __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
    start_record(exception & IPSR_EXCEPTION);
    kept.record.sp = (uint32_t)(uintptr_t)frame;
    read_status();
    if ((kept.record.cfsr & NOT_STACKED) == 0U && frame >= __stack_limit && frame + FRAME_WORDS <= __stack_top) {
        kept.record.lr = frame[FRAME_LR];
        kept.record.pc = frame[FRAME_PC];
        kept.record.psr = frame[FRAME_PSR];
    }
    kept.check = check_word();
    tc_board_reset();
}

/* Takes the whole stack again when too little of it is left; what was on it is of no use to a program that ends here. */
__attribute__((naked)) void HardFault_Handler(void);
__attribute__((naked)) void HardFault_Handler(void)
{
    __asm__ volatile("mrs r0, msp\n\t"
                     "ldr r1, =__stack_limit + 128\n\t"
                     "cmp r0, r1\n\t"
                     "bhs 1f\n\t"
                     "ldr r1, =__stack_top\n\t"
                     "msr msp, r1\n"
                     "1:\n\t"
                     "bl tc_fault_record_and_reset\n\t"
                     ".ltorg");
}

const tc_fault_record *tc_fault_pending(void)
{
    return kept.record.exception != 0U && kept.check == check_word() ? &kept.record : NULL;
}

void tc_fault_clear(void)
{
    start_record(0);
    kept.check = 0;
    tc_stack_paint();
}

void tc_fault_check_stack(void)
{
    if (tc_stack_guard_is_intact()) {
        return;
    }
    start_record(TC_FAULT_STACK_GUARD);
    kept.record.address = (uint32_t)(uintptr_t)__stack_guard;
    kept.check = check_word();
}

void tc_fault_set_layer(uint32_t layer)
{
    running_layer = layer;
}
