/*
 * Text of the inner blocks of the linear kernels for 1 or 2 of 4 weights: 86 cycles for four units of four channels.
 *
 * Once a row, a table gets the pairs of codes that two kept weights may meet: 6 of four codes for two of them, 16 of eight
 * codes for one of each four. So a unit of a channel, two weights, is one load of a pair and one SMLAD.
 *
 *   table    ``stride`` bytes a unit, an even number of units
 *   weights  for two units five words: the places of pairs of the first unit, 4 bits a channel, the first channel in the
 *            lowest ones, and of the second; for each unit two words with the weights w0, w1 of channels a and b, and of
 *            c and d: bytes a0 b0 a1 b1
 *   count    bytes of the table
 *
 * The loop holds four units; the first round enters it in the middle where there are two left.
 *
 *   r0 table  r1 weights  r2 places  r4-r7 pairs of codes  r8-r11 sums  r3, r12, lr weights
 *   stack: 0 work, 4 where in the table the last round starts, 8 entry
 */
#ifndef TC_MULTIPLY_1X4_NM_ASM_H
#define TC_MULTIPLY_1X4_NM_ASM_H

#include "tc_multiply_1x4_stored_asm.h"
#include "tc_multiply_1x4_stored_dsp.h"

/* clang-format off */
#define TC_NM_UNIT(stride, a, b, c, d)                      \
    "ubfx r4, r2, #" a ", #4\n\t"                           \
    "ubfx r5, r2, #" b ", #4\n\t"                           \
    "ubfx r6, r2, #" c ", #4\n\t"                           \
    "ubfx r7, r2, #" d ", #4\n\t"                           \
    "ldr.w r4, [r0, r4, lsl #2]\n\t"                        \
    "ldr.w r5, [r0, r5, lsl #2]\n\t"                        \
    "ldr.w r6, [r0, r6, lsl #2]\n\t"                        \
    "ldr.w r7, [r0, r7, lsl #2]\n\t"                        \
    "ldr.w r12, [r1], #4\n\t"                               \
    "ldr.w r3, [r1], #4\n\t"                                \
    "add.w r0, r0, #" stride "\n\t"                         \
    "sxtb16 lr, r12\n\t"                                    \
    "smlad r8, lr, r4, r8\n\t"                              \
    "sxtb16 r12, r12, ror #8\n\t"                           \
    "smlad r9, r12, r5, r9\n\t"                             \
    "sxtb16 lr, r3\n\t"                                     \
    "smlad r10, lr, r6, r10\n\t"                            \
    "sxtb16 r3, r3, ror #8\n\t"                             \
    "smlad r11, r3, r7, r11\n\t"

#define TC_NM_TWO(stride) TC_NM_UNIT(stride, "0", "4", "8", "12") TC_NM_UNIT(stride, "16", "20", "24", "28")

#define TC_DEFINE_MULTIPLY_1X4_NM(name, stride, two_strides)                                             \
    __attribute__((naked, noinline, aligned(4))) void name(tc_multiply_1x4_stored *work __attribute__((unused))) \
    {                                                                                                    \
        __asm__(".macro tc_two\n\t" TC_NM_TWO(stride) ".endm\n\t"                                        \
                "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"                                        \
                "ldr r1, [r0, #4]\n\t"                                                                   \
                "ldrd r3, r5, [r0, #24]\n\t"                                                             \
                "add r4, r3, r5\n\t"                                                                     \
                "sub r4, r4, #" two_strides "\n\t"                                                       \
                "mov r6, #2 * " two_strides "\n\t"                                                       \
                "udiv r7, r5, r6\n\t"                                                                    \
                "mls r7, r7, r6, r5\n\t"                                                                 \
                "adr.w r5, 2f\n\t"                                                                       \
                "cmp r7, #0\n\t"                                                                         \
                "it ne\n\t"                                                                              \
                "addne.w r5, r5, #3f - 2f\n\t"                                                           \
                "orr r5, r5, #1\n\t"                                                                     \
                "push {r0, r4, r5}\n"                                                                    \
                "1:\n\t"                                                                                 \
                "ldr r12, [sp]\n\t"                                                                      \
                "ldr r0, [r12, #24]\n\t"                                                                 \
                "mov r8, #0\n\t"                                                                         \
                "mov r9, #0\n\t"                                                                         \
                "mov r10, #0\n\t"                                                                        \
                "mov r11, #0\n\t"                                                                        \
                "ldr.w pc, [sp, #8]\n\t"                                                                 \
                ".balign 4\n"                                                                            \
                "2:\n\t"                                                                                 \
                "ldr.w r2, [r1], #4\n\t"                                                                 \
                "tc_two\n"                                                                               \
                "3:\n\t"                                                                                 \
                "ldr.w r2, [r1], #4\n\t"                                                                 \
                "ldr.w lr, [sp, #4]\n\t"                                                                 \
                "cmp.w r0, lr\n\t" /* nothing in between changes the flags */                            \
                "tc_two\n\t"                                                                             \
                "blo.w 2b\n\t"                                                                           \
                TC_STORED_OUTPUTS_ASM(TC_STORED_PLAIN)                                                   \
                "bne.w 1b\n\t"                                                                           \
                "add sp, sp, #12\n\t"                                                                    \
                "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"                                         \
                ".purgem tc_two");                                                                       \
    }
/* clang-format on */

#endif
