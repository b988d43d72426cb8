/*
 * One row by four channels with named registers. The row's codes are unpacked again for every four channels, so that no
 * buffer is needed: 17 instructions for 16 MACs, all wide (.w) and hence never cut in two by a fetch.
 *
 *   r0 codes  r1 weights  r2, r3 pairs of codes  r4-r7 weights of the channels  r8-r11 sums
 *   lr rounds left; on the stack: requant, output, rounder, codes, rounds, end, codes to go back for the last block
 */
#include "tc_multiply_1x4_dsp.h"
#include "tc_dsp.h"

/* clang-format off */
#define CHANNEL(word, sum)                                  \
    "smlad " sum ", " word ", r2, " sum "\n\t"              \
    "sxtb16 " word ", " word "\n\t"                         \
    "smlad " sum ", " word ", r3, " sum "\n\t"

#define FOUR_CODES                                          \
    "ldr r3, [r0], #4\n\t"                                  \
    "ldmia.w r1!, {r4, r5, r6, r7}\n\t"                       \
    "sxtb16 r2, r3, ror #8\n\t"                             \
    "rev16 r3, r3\n\t"                                      \
    "eor r3, r3, #0x007f007f\n\t"                           \
    CHANNEL("r4", "r8")                                     \
    CHANNEL("r5", "r9")                                     \
    CHANNEL("r6", "r10")                                    \
    CHANNEL("r7", "r11")

/* r2 requant, r3 output, r4 rounder */
#define OUTPUT(sum)                                         \
    "asr " sum ", " sum ", #8\n\t"                          \
    "ldmia.w r2!, {r5, r6}\n\t"                              \
    "lsl r7, r4, r5\n\t"                                    \
    TC_REQUANTIZE_ASM("r12", sum, "r5", "r6", "r7")         \
    "strb r12, [r3], #1\n\t"
/* clang-format on */

__attribute__((naked, noinline, aligned(4))) void
tc_multiply_1x4_dsp(const int8_t *codes __attribute__((unused)), const int32_t *weights __attribute__((unused)),
                    const int32_t *requant __attribute__((unused)), int8_t *output __attribute__((unused)),
                    int32_t rounder __attribute__((unused)), int32_t count __attribute__((unused)),
                    const int32_t *end __attribute__((unused)))
{
    /* clang-format off */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "add r12, sp, #36\n\t"
            "ldmia r12, {r4, r5, r6}\n\t"
            "rsb r7, r5, #0\n\t"
            "and r7, r7, #3\n\t"
            "lsr r5, r5, #2\n\t"
            "add r5, r5, #1\n\t"
            "push {r0, r5, r6, r7}\n\t"
            "push {r2, r3, r4}\n"
            "1:\n\t"
            "ldr r8, [r2]\n\t"
            "ldr r9, [r2, #8]\n\t"
            "ldr r10, [r2, #16]\n\t"
            "ldr r11, [r2, #24]\n\t"
            "ldrd r0, lr, [sp, #12]\n\t"
            "lsrs lr, lr, #1\n\t"
            "bcc.w 3f\n\t"
            ".balign 4\n"
            "2:\n\t" FOUR_CODES
            "3:\n\t" FOUR_CODES
            "subs lr, lr, #1\n\t"
            "bne.w 2b\n\t"
            "ldr r2, [sp, #24]\n\t"
            "sub r0, r0, r2\n\t"
            "cmp r2, #0\n\t"
            "beq 4f\n\t"
            FOUR_CODES
            "4:\n\t"
            "ldmia sp, {r2, r3, r4}\n\t"
            OUTPUT("r8") OUTPUT("r9") OUTPUT("r10") OUTPUT("r11")
            "stmia sp, {r2, r3}\n\t"
            "ldr r0, [sp, #20]\n\t"
            "cmp r2, r0\n\t"
            "bne 1b\n\t"
            "add sp, sp, #28\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
    /* clang-format on */
}
