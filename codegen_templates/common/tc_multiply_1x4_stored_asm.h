/* Text that the blocks of tc_multiply_1x4_stored_dsp.h share. The address of the work is at the top of their stack. */
#ifndef TC_MULTIPLY_1X4_STORED_ASM_H
#define TC_MULTIPLY_1X4_STORED_ASM_H

#include "tc_dsp.h"

/* clang-format off */
/* Adds the bias to a sum; or takes one that started with word 0 and is 256 times too large. */
#define TC_STORED_PLAIN(sum) "add " sum ", " sum ", r4, asr #8\n\t"
#define TC_STORED_SCALED(sum) "asr " sum ", " sum ", #8\n\t"

#define TC_STORED_OUTPUT_ASM(whole, sum)                    \
    "ldmia.w r2!, {r4, r5}\n\t"                             \
    whole(sum)                                              \
    "lsl r6, r12, r4\n\t"                                   \
    TC_REQUANTIZE_ASM("r0", sum, "r4", "r5", "r6")          \
    "strb r0, [r3], #1\n\t"

/* Outputs for the sums in r8 to r11; equal when it was the last four channels. r1, the weights, is kept. */
#define TC_STORED_OUTPUTS_ASM(whole)                         \
    "ldr lr, [sp]\n\t"                                      \
    "ldrd r2, r3, [lr, #8]\n\t"                             \
    "ldr r12, [lr, #16]\n\t"                                \
    TC_STORED_OUTPUT_ASM(whole, "r8")                       \
    TC_STORED_OUTPUT_ASM(whole, "r9")                       \
    TC_STORED_OUTPUT_ASM(whole, "r10")                      \
    TC_STORED_OUTPUT_ASM(whole, "r11")                      \
    "strd r2, r3, [lr, #8]\n\t"                             \
    "str r1, [lr, #4]\n\t"                                  \
    "ldr r0, [lr, #20]\n\t"                                 \
    "cmp r2, r0\n\t"
/* clang-format on */

#endif
