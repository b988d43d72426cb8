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
#include "tc_dsp.h"

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

#define OUTPUT(sum, address) \
    TC_REQUANTIZE_TWICE_ASM("r11", sum, "r8", "r9", "r10") "strb.w r11, [" address "]\n\t"

#define LINES(LINE)                                             \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"           \
    "sub sp, sp, #80\n\t"                                       \
    "mov r12, sp\n\t"                                           \
    "ldmia r0!, {r1, r2, r3, r4, r5, r6, r7, r8, r9, r10}\n\t"  \
    "stmia r12!, {r1, r2, r3, r4, r5, r6, r7, r8, r9, r10}\n\t" \
    "ldmia r0, {r1, r2, r3, r4, r5, r6, r7, r8, r9}\n\t"        \
    "stmia r12, {r1, r2, r3, r4, r5, r6, r7, r8, r9}\n"         \
    "1:\n\t" /* an output line */                               \
    "ldr r0, [sp, #64]\n\t"                                     \
    "ldr r3, [sp, #68]\n\t"                                     \
    "ldr r4, [sp, #48]\n\t"                                     \
    "ldr r5, [sp, #52]\n\t"                                     \
    "ldr r6, [sp, #56]\n\t"                                     \
    "ldr r7, [sp, #60]\n\t"                                     \
    "ldr.w lr, [sp, #40]\n\t"                                   \
    "add r4, r0, r4\n\t"                                        \
    "add r6, r0, r6\n\t"                                        \
    "add r7, r3, r7\n\t"                                        \
    "str r4, [sp, #76]\n\t"                                     \
    "str r6, [sp, #64]\n\t"                                     \
    "str r7, [sp, #68]\n\t"                                     \
    "add r1, r0, r5\n\t"                                        \
    "add r2, r1, r5\n\t"                                        \
    ".balign 4\n"                                               \
    "2:\n\t" /* four outputs */                                 \
    "ldr.w r7, [sp, #12]\n\t"                                   \
    LINE("r0", "16", "20", "r7", "r7", "r7", "r7")              \
    LINE("r1", "24", "28", "r4", "r5", "r6", "r7")              \
    LINE("r2", "32", "36", "r4", "r5", "r6", "r7")              \
    "ldr.w r12, [sp, #76]\n\t"                                  \
    "ldr.w r8, [sp]\n\t"                                        \
    "ldr.w r9, [sp, #4]\n\t"                                    \
    "ldr.w r10, [sp, #8]\n\t"                                   \
    "cmp.w r0, r12\n\t"                                         \
    "beq.w 3f\n\t"                                              \
    OUTPUT("r4", "r3")                                          \
    OUTPUT("r5", "r3, lr")                                      \
    "add.w r3, r3, lr, lsl #1\n\t"                              \
    OUTPUT("r6", "r3")                                          \
    OUTPUT("r7", "r3, lr")                                      \
    "add.w r3, r3, lr, lsl #1\n\t"                              \
    "b.w 2b\n"                                                  \
    "3:\n\t" /* the last block: one to four outputs */          \
    "ldr.w r12, [sp, #44]\n\t"                                  \
    OUTPUT("r4", "r3")                                          \
    "cmp.w r12, #2\n\t"                                         \
    "blt.w 4f\n\t"                                              \
    OUTPUT("r5", "r3, lr")                                      \
    "beq.w 4f\n\t"                                              \
    "add.w r3, r3, lr, lsl #1\n\t"                              \
    OUTPUT("r6", "r3")                                          \
    "cmp.w r12, #4\n\t"                                         \
    "bne.w 4f\n\t"                                              \
    OUTPUT("r7", "r3, lr")                                      \
    "4:\n\t"                                                    \
    "ldr r4, [sp, #72]\n\t"                                     \
    "subs r4, r4, #1\n\t"                                       \
    "str r4, [sp, #72]\n\t"                                     \
    "bne.w 1b\n\t"                                              \
    "add sp, sp, #80\n\t"                                       \
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}"
/* clang-format on */

__attribute__((naked, noinline, aligned(4))) void tc_depthwise_lines_3x3_dsp(const tc_depthwise_lines *work
                                                                             __attribute__((unused)))
{
    __asm__(LINES(LINE_FROM));
}

__attribute__((naked, noinline, aligned(4))) void tc_depthwise_lines_3x3_stride2_dsp(const tc_depthwise_lines *work
                                                                                     __attribute__((unused)))
{
    __asm__(LINES(LINE_STRIDE2_FROM));
}
