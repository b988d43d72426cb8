/*
 * Text of the loops over lines of outputs, four together, in the depthwise kernels with a tile. The work record
 * (tc_depthwise_lines_dsp.h) is copied to the stack; behind it lie, at 76, where the line ends, and two free words.
 *
 *   r0 codes  r3 output  lr output pitch  r4-r7 sums  r8-r10 requantisation  r11 an output  r12 where the line ends
 */
#ifndef TC_DEPTHWISE_LINES_ASM_H
#define TC_DEPTHWISE_LINES_ASM_H

#include "tc_dsp.h"

/* clang-format off */
#define TC_DEPTHWISE_OUTPUT_ASM(sum, address) \
    TC_REQUANTIZE_TWICE_ASM("r11", sum, "r8", "r9", "r10") "strb.w r11, [" address "]\n\t"

/* Lines of outputs; BLOCK makes four sums, and moves r0 on. */
#define TC_DEPTHWISE_LINES_ASM(BLOCK)                           \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"           \
    "sub sp, sp, #88\n\t"                                       \
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
    BLOCK                                                       \
    "ldr.w r12, [sp, #76]\n\t"                                  \
    "ldr.w r8, [sp]\n\t"                                        \
    "ldr.w r9, [sp, #4]\n\t"                                    \
    "ldr.w r10, [sp, #8]\n\t"                                   \
    "cmp.w r0, r12\n\t"                                         \
    "beq.w 3f\n\t"                                              \
    TC_DEPTHWISE_OUTPUT_ASM("r4", "r3")                         \
    TC_DEPTHWISE_OUTPUT_ASM("r5", "r3, lr")                     \
    "add.w r3, r3, lr, lsl #1\n\t"                              \
    TC_DEPTHWISE_OUTPUT_ASM("r6", "r3")                         \
    TC_DEPTHWISE_OUTPUT_ASM("r7", "r3, lr")                     \
    "add.w r3, r3, lr, lsl #1\n\t"                              \
    "b.w 2b\n"                                                  \
    "3:\n\t" /* the last block: one to four outputs */          \
    "ldr.w r12, [sp, #44]\n\t"                                  \
    TC_DEPTHWISE_OUTPUT_ASM("r4", "r3")                         \
    "cmp.w r12, #2\n\t"                                         \
    "blt.w 4f\n\t"                                              \
    TC_DEPTHWISE_OUTPUT_ASM("r5", "r3, lr")                     \
    "beq.w 4f\n\t"                                              \
    "add.w r3, r3, lr, lsl #1\n\t"                              \
    TC_DEPTHWISE_OUTPUT_ASM("r6", "r3")                         \
    "cmp.w r12, #4\n\t"                                         \
    "bne.w 4f\n\t"                                              \
    TC_DEPTHWISE_OUTPUT_ASM("r7", "r3, lr")                     \
    "4:\n\t"                                                    \
    "ldr r4, [sp, #72]\n\t"                                     \
    "subs r4, r4, #1\n\t"                                       \
    "str r4, [sp, #72]\n\t"                                     \
    "bne.w 1b\n\t"                                              \
    "add sp, sp, #88\n\t"                                       \
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}"
/* clang-format on */

#endif
