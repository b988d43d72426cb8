/*
 * Four outputs along a line with named registers. The pair (w0, w1) multiplies two codes at once; where the window
 * starts at the odd code of a word, (w1, w2) does and w0 takes the high code of the word before.
 *
 * Single loads side by side cost a cycle each after the first, and those that move a pointer come last. Of the first
 * line the sums start as the bias. Instructions of a block are wide (.w), hence never cut in two by a fetch.
 *
 *   r0-r2 the three input lines  r3 output  lr output pitch  r4-r7 sums  r8-r10 codes, then requantisation
 *   r11, r12 weights; the work record is copied to the stack, and behind it, at 76, where the first line ends
 */
#include "tc_depthwise_lines_dsp.h"
#include "tc_depthwise_lines_asm.h"

/* clang-format off */
/* One input line of a 3x3 window, stride 1; where the sums start: 8 instructions for 12 MACs, 5 loads. */
#define LINE_FROM(line, weights, weights2, s0, s1, s2, s3)  \
    "ldr.w r11, [sp, #" weights "]\n\t"                     \
    "ldr.w r12, [sp, #" weights2 "]\n\t"                    \
    "ldr.w r8, [" line "]\n\t"                              \
    "ldr.w r9, [" line ", #4]\n\t"                          \
    "ldr.w r10, [" line ", #8]!\n\t"                        \
    "smlad r4, r8, r11, " s0 "\n\t"                         \
    "smlatb r5, r8, r11, " s1 "\n\t"                        \
    "smlad r6, r9, r11, " s2 "\n\t"                         \
    "smlatb r7, r9, r11, " s3 "\n\t"                        \
    "smlabt r4, r9, r12, r4\n\t"                            \
    "smlad r5, r9, r12, r5\n\t"                             \
    "smlabt r6, r10, r12, r6\n\t"                           \
    "smlad r7, r10, r12, r7\n\t"

/* The same for stride 2: every window starts at an even code. */
#define LINE_STRIDE2_FROM(line, weights, weights2, s0, s1, s2, s3)  \
    "ldr.w r11, [sp, #" weights "]\n\t"                     \
    "ldr.w r12, [sp, #" weights2 "]\n\t"                    \
    "ldr.w r8, [" line "]\n\t"                              \
    "ldr.w r9, [" line ", #4]\n\t"                          \
    "ldr.w r10, [" line ", #8]\n\t"                         \
    "smlad r4, r8, r11, " s0 "\n\t"                         \
    "smlabt r4, r9, r12, r4\n\t"                            \
    "smlad r5, r9, r11, " s1 "\n\t"                         \
    "smlabt r5, r10, r12, r5\n\t"                           \
    "smlad r6, r10, r11, " s2 "\n\t"                        \
    "ldr.w r8, [" line ", #12]\n\t"                         \
    "ldr.w r9, [" line ", #16]!\n\t"                        \
    "smlabt r6, r8, r12, r6\n\t"                            \
    "smlad r7, r8, r11, " s3 "\n\t"                         \
    "smlabt r7, r9, r12, r7\n\t"

#define BLOCK_3X3(LINE)                             \
    "ldr.w r7, [sp, #12]\n\t"                       \
    LINE("r0", "16", "20", "r7", "r7", "r7", "r7")  \
    LINE("r1", "24", "28", "r4", "r5", "r6", "r7")  \
    LINE("r2", "32", "36", "r4", "r5", "r6", "r7")

/* clang-format on */

__attribute__((naked, noinline, aligned(4))) void tc_depthwise_lines_3x3_dsp(const tc_depthwise_lines *work
                                                                             __attribute__((unused)))
{
    __asm__(TC_DEPTHWISE_LINES_ASM(BLOCK_3X3(LINE_FROM)));
}

__attribute__((naked, noinline, aligned(4))) void tc_depthwise_lines_3x3_stride2_dsp(const tc_depthwise_lines *work
                                                                                     __attribute__((unused)))
{
    __asm__(TC_DEPTHWISE_LINES_ASM(BLOCK_3X3(LINE_STRIDE2_FROM)));
}
