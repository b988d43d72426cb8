/*
 * Two pixels by two channels with named registers: compilers spill the four sums when the block is written in C.
 *
 * A unit is 12 instructions for 16 MACs: one LDRD of weights, one LDM of codes, two SXTB16, eight SMLAD. The loop holds
 * four units; the first round enters it where the remainder begins.
 *
 *   r0 patch  r1 weights  r2, r3 the channels' weights  r4-r7 pairs of codes  lr rounds left
 *   r8-r11 sums (pixel 0: r8, r9; pixel 1: r10, r11)
 *   stack: requant, output, pitch, rounder, patch, rounds, end, entry into the loop
 */
#include "tc_multiply_2x2_dsp.h"
#include "tc_dsp.h"

/* Every instruction takes four bytes, so that a unit has UNIT_BYTES. */
#define UNIT_BYTES "48"
#define UNIT                            \
    "ldrd r2, r3, [r1], #8\n\t"         \
    "ldmia.w r0!, {r4, r5, r6, r7}\n\t" \
    "smlad r8, r2, r4, r8\n\t"          \
    "smlad r10, r2, r6, r10\n\t"        \
    "sxtb16 r2, r2\n\t"                 \
    "smlad r9, r3, r4, r9\n\t"          \
    "smlad r11, r3, r6, r11\n\t"        \
    "sxtb16 r3, r3\n\t"                 \
    "smlad r8, r2, r5, r8\n\t"          \
    "smlad r10, r2, r7, r10\n\t"        \
    "smlad r9, r3, r5, r9\n\t"          \
    "smlad r11, r3, r7, r11\n\t"

/* r0 = int8 output for the sum: r6, r7 the channel's requant words, r12 its offset */
#define OUTPUT(sum) "asr " sum ", " sum ", #8\n\t" TC_REQUANTIZE_ASM("r0", sum, "r6", "r7", "r12")

__attribute__((naked, noinline)) const int32_t *
tc_multiply_2x2_dsp(const int32_t *patch __attribute__((unused)), const int32_t *weights __attribute__((unused)),
                    const int32_t *requant __attribute__((unused)), int8_t *output __attribute__((unused)),
                    int32_t pitch __attribute__((unused)), int32_t rounder __attribute__((unused)),
                    int32_t units __attribute__((unused)), const int32_t *end __attribute__((unused)))
{
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "add r12, sp, #36\n\t"
            "ldmia r12, {r4, r5, r6, r7}\n\t"
            "adr r12, 2f\n\t"
            "rsb r8, r6, #0\n\t"
            "and r8, r8, #3\n\t"
            "mov r9, #" UNIT_BYTES "\n\t"
            "mla r8, r8, r9, r12\n\t"
            "orr r8, r8, #1\n\t" /* Thumb */
            "add r6, r6, #3\n\t"
            "lsr r6, r6, #2\n\t"
            "push {r0, r6, r7, r8}\n\t"
            "push {r2, r3, r4, r5}\n"
            "1:\n\t"
            "ldr r8, [r2]\n\t"
            "ldr r9, [r2, #8]\n\t"
            "ldrd r0, lr, [sp, #16]\n\t"
            "mov r10, r8\n\t"
            "mov r11, r9\n\t"
            "ldr pc, [sp, #28]\n\t"
            ".balign 4\n"
            "2:\n\t" UNIT UNIT UNIT UNIT
            "subs lr, lr, #1\n\t"
            "bne 2b\n\t"
            "ldmia sp, {r2, r3, r4, r5}\n\t"
            "ldmia r2!, {r6, r7}\n\t"
            "lsl r12, r5, r6\n\t"
            OUTPUT("r10")
            "strb r0, [r3, r4]\n\t"
            OUTPUT("r8")
            "strb r0, [r3], #1\n\t"
            "ldmia r2!, {r6, r7}\n\t"
            "lsl r12, r5, r6\n\t"
            OUTPUT("r11")
            "strb r0, [r3, r4]\n\t"
            OUTPUT("r9")
            "strb r0, [r3], #1\n\t"
            "stmia sp, {r2, r3}\n\t"
            "ldr r0, [sp, #24]\n\t"
            "cmp r2, r0\n\t"
            "bne 1b\n\t"
            "mov r0, r1\n\t"
            "add sp, sp, #32\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}
