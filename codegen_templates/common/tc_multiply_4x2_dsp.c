/*
 * Four pixels by two channels with named registers: compilers spill the eight sums when the block is written in C.
 *
 * A unit is 23 instructions for 32 MACs: five LDRD, two SXTB16, sixteen SMLAD. Four pixels share every weight that is
 * read from the flash. The loop holds four units; the first round enters it where the remainder begins.
 *
 *   r0 patch  r1 weights  r2, r3 pairs of codes of two pixels  r12, lr the channels' weights
 *   r4-r11 sums: pixel 0 r4, r5; pixel 1 r6, r7; pixel 2 r8, r9; pixel 3 r10, r11
 *   stack: where the pair's weights end, requant, output, pitch, rounder, patch, bytes of a pair's weights, end, entry
 */
#include "tc_multiply_4x2_dsp.h"
#include "tc_dsp.h"

/* clang-format off */
#define TWO_PIXELS(sum0, sum1, sum2, sum3)          \
    "ldrd r2, r3, [r0], #8\n\t"                     \
    "smlad " sum0 ", r12, r2, " sum0 "\n\t"         \
    "smlad " sum1 ", lr, r2, " sum1 "\n\t"          \
    "smlad " sum2 ", r12, r3, " sum2 "\n\t"         \
    "smlad " sum3 ", lr, r3, " sum3 "\n\t"

/* Every instruction takes four bytes, so that a unit has UNIT_BYTES. */
#define UNIT_BYTES "92"
#define UNIT                                        \
    "ldrd r12, lr, [r1], #8\n\t"                    \
    TWO_PIXELS("r4", "r5", "r6", "r7")              \
    TWO_PIXELS("r8", "r9", "r10", "r11")            \
    "sxtb16 r12, r12\n\t"                           \
    "sxtb16 lr, lr\n\t"                             \
    TWO_PIXELS("r4", "r5", "r6", "r7")              \
    TWO_PIXELS("r8", "r9", "r10", "r11")
/* clang-format on */

/* r0 = int8 output for the sum: r2, r3 the channel's requant words, r12 its offset */
#define OUTPUT(sum) "asr " sum ", " sum ", #8\n\t" TC_REQUANTIZE_ASM("r0", sum, "r2", "r3", "r12")

__attribute__((naked, noinline)) const int32_t *
tc_multiply_4x2_dsp(const int32_t *patch __attribute__((unused)), const int32_t *weights __attribute__((unused)),
                    const int32_t *requant __attribute__((unused)), int8_t *output __attribute__((unused)),
                    int32_t pitch __attribute__((unused)), int32_t rounder __attribute__((unused)),
                    int32_t units __attribute__((unused)), const int32_t *end __attribute__((unused)))
{
    /* clang-format off */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "add r12, sp, #36\n\t"
            "ldmia r12, {r4, r5, r6, r7}\n\t"
            "adr r12, 2f\n\t"
            "rsb r8, r6, #0\n\t"
            "and r8, r8, #3\n\t"
            "mov r9, #" UNIT_BYTES "\n\t"
            "mla r8, r8, r9, r12\n\t"
            "orr r8, r8, #1\n\t" /* Thumb */
            "lsl r6, r6, #3\n\t"
            "push {r0, r6, r7, r8}\n\t"
            "push {r1, r2, r3, r4, r5}\n"
            "1:\n\t"
            "ldrd r0, r3, [sp, #20]\n\t"
            "ldr r4, [r2]\n\t"
            "ldr r5, [r2, #8]\n\t"
            "add r3, r3, r1\n\t"
            "str r3, [sp]\n\t"
            "mov r6, r4\n\t"
            "mov r7, r5\n\t"
            "mov r8, r4\n\t"
            "mov r9, r5\n\t"
            "mov r10, r4\n\t"
            "mov r11, r5\n\t"
            "ldr pc, [sp, #32]\n\t"
            ".balign 4\n"
            "2:\n\t" UNIT UNIT UNIT UNIT
            "ldr r2, [sp]\n\t"
            "cmp r1, r2\n\t"
            "bne 2b\n\t"
            "ldrd r0, lr, [sp, #4]\n\t"
            "ldr r12, [sp, #16]\n\t"
            "ldrd r2, r3, [r0]\n\t"
            "lsl r12, r12, r2\n\t"
            OUTPUT("r4") "strb r0, [lr]\n\t"
            "ldr r4, [sp, #12]\n\t"
            OUTPUT("r6") "strb r0, [lr, r4]\n\t"
            "add r6, r4, r4, lsl #1\n\t"
            OUTPUT("r8") "strb r0, [lr, r4, lsl #1]\n\t"
            OUTPUT("r10") "strb r0, [lr, r6]\n\t"
            "ldr r8, [sp, #4]\n\t"
            "ldr r12, [sp, #16]\n\t"
            "ldrd r2, r3, [r8, #8]\n\t"
            "lsl r12, r12, r2\n\t"
            "add lr, lr, #1\n\t"
            OUTPUT("r5") "strb r0, [lr]\n\t"
            OUTPUT("r7") "strb r0, [lr, r4]\n\t"
            OUTPUT("r9") "strb r0, [lr, r4, lsl #1]\n\t"
            OUTPUT("r11") "strb r0, [lr, r6]\n\t"
            "add r2, r8, #16\n\t"
            "add lr, lr, #1\n\t"
            "strd r2, lr, [sp, #4]\n\t"
            "ldr r0, [sp, #28]\n\t"
            "cmp r2, r0\n\t"
            "bne 1b\n\t"
            "mov r0, r1\n\t"
            "add sp, sp, #36\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
    /* clang-format on */
}
