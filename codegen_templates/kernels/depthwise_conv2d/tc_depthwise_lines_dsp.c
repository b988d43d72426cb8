/*
 * Four outputs along a line with named registers. The pair (w0, w1) multiplies two codes at once; where the window
 * starts at the odd code of a word, (w1, w2) does and w0 takes the high code of the word before.
 *
 *   r0-r2 the three input lines  r3 output  lr output pitch  r4-r7 sums  r8-r10 codes, then requantisation
 *   r11, r12 weights; the work record is copied to the stack
 */
#include "tc_depthwise_lines_dsp.h"
#include "tc_dsp.h"

/* clang-format off */
/* One input line of a 3x3 window, stride 1: 8 instructions for 12 MACs, 3 loads. */
#define LINE(line, weights)                     \
    "ldrd r11, r12, [sp, #" weights "]\n\t"     \
    "ldrd r8, r9, [" line "], #8\n\t"           \
    "ldr r10, [" line "]\n\t"                   \
    "smlad r4, r8, r11, r4\n\t"                 \
    "smlatb r5, r8, r11, r5\n\t"                \
    "smlabt r4, r9, r12, r4\n\t"                \
    "smlad r5, r9, r12, r5\n\t"                 \
    "smlad r6, r9, r11, r6\n\t"                 \
    "smlatb r7, r9, r11, r7\n\t"                \
    "smlabt r6, r10, r12, r6\n\t"               \
    "smlad r7, r10, r12, r7\n\t"

/* The same for stride 2: every window starts at an even code. */
#define LINE_STRIDE2(line, weights)             \
    "ldrd r11, r12, [sp, #" weights "]\n\t"     \
    "ldrd r8, r9, [" line "], #8\n\t"           \
    "smlad r4, r8, r11, r4\n\t"                 \
    "ldrd r8, r10, [" line "], #8\n\t"          \
    "smlabt r4, r9, r12, r4\n\t"                \
    "smlad r5, r9, r11, r5\n\t"                 \
    "ldr r9, [" line "]\n\t"                    \
    "smlabt r5, r8, r12, r5\n\t"                \
    "smlad r6, r8, r11, r6\n\t"                 \
    "smlabt r6, r10, r12, r6\n\t"               \
    "smlad r7, r10, r11, r7\n\t"                \
    "smlabt r7, r9, r12, r7\n\t"

#define OUTPUT(sum) TC_REQUANTIZE_ASM("r11", sum, "r8", "r9", "r10")

#define LINES(LINE)                                             \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"           \
    "sub sp, sp, #72\n\t"                                       \
    "mov r12, sp\n\t"                                           \
    "ldmia r0!, {r1, r2, r3, r4, r5, r6, r7, r8, r9}\n\t"       \
    "stmia r12!, {r1, r2, r3, r4, r5, r6, r7, r8, r9}\n\t"      \
    "ldmia r0!, {r1, r2, r3, r4, r5, r6, r7, r8, r9}\n\t"       \
    "stmia r12!, {r1, r2, r3, r4, r5, r6, r7, r8, r9}\n"        \
    "1:\n\t" /* an output line */                               \
    "ldr r0, [sp, #40]\n\t"                                     \
    "ldrd r4, r5, [sp, #44]\n\t"                                \
    "ldrd r3, r6, [sp, #56]\n\t"                                \
    "ldrd r7, lr, [sp, #64]\n\t"                                \
    "add r5, r0, r5\n\t"                                        \
    "add r6, r3, r6\n\t"                                        \
    "str r5, [sp, #40]\n\t"                                     \
    "str r6, [sp, #56]\n\t"                                     \
    "str r7, [sp, #36]\n\t"                                     \
    "add r1, r0, r4\n\t"                                        \
    "add r2, r1, r4\n\t"                                        \
    "ldr r8, [sp]\n\t"\
    ".balign 4\n" /* the wide instructions below are not cut in two by a fetch */                                            \
    "2:\n\t" /* four outputs */                                 \
    "asr r4, r8, #8\n\t"                                        \
    "mov r5, r4\n\t"                                            \
    "mov r6, r4\n\t"                                            \
    "mov.w r7, r4\n\t"                                            \
    LINE("r0", "12") LINE("r1", "20") LINE("r2", "28")          \
    "ldr r12, [sp, #36]\n\t"                                    \
    "ldmia sp, {r8, r9, r10}\n\t"                               \
    "subs r12, r12, #4\n\t"                                     \
    "blt 3f\n\t"                                                \
    "str r12, [sp, #36]\n\t"                                    \
    OUTPUT("r4") "strb r11, [r3]\n\t"                           \
    OUTPUT("r5") "strb r11, [r3, lr]\n\t"                       \
    "add r3, r3, lr, lsl #1\n\t"                                \
    OUTPUT("r6") "strb r11, [r3]\n\t"                           \
    OUTPUT("r7") "strb r11, [r3, lr]\n\t"                       \
    "add r3, r3, lr, lsl #1\n\t"                                \
    "cmp r12, #0\n\t"                                           \
    "bne 2b\n\t"                                                \
    "b 4f\n"                                                    \
    "3:\n\t" /* one to three outputs are left: r12 + 4 */       \
    OUTPUT("r4") "strb r11, [r3]\n\t"                           \
    "adds r12, r12, #3\n\t"                                     \
    "beq 4f\n\t"                                                \
    OUTPUT("r5") "strb r11, [r3, lr]\n\t"                       \
    "subs r12, r12, #1\n\t"                                     \
    "beq 4f\n\t"                                                \
    OUTPUT("r6") "strb r11, [r3, lr, lsl #1]\n"                 \
    "4:\n\t"                                                    \
    "ldr r12, [sp, #52]\n\t"                                    \
    "subs r12, r12, #1\n\t"                                     \
    "str r12, [sp, #52]\n\t"                                    \
    "bne 1b\n\t"                                                \
    "add sp, sp, #72\n\t"                                       \
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}"
/* clang-format on */

__attribute__((naked, noinline, aligned(4))) void tc_depthwise_lines_3x3_dsp(const tc_depthwise_lines *work
                                                                             __attribute__((unused)))
{
    __asm__(LINES(LINE));
}

__attribute__((naked, noinline, aligned(4))) void tc_depthwise_lines_3x3_stride2_dsp(const tc_depthwise_lines *work
                                                                                     __attribute__((unused)))
{
    __asm__(LINES(LINE_STRIDE2));
}
