/*
 * Text that the inner blocks of the linear kernels share.
 *
 * A half of a weight word is 256 a + b, the weights of two channels for one code, so that a word by a pair of codes adds
 * to 256 * sum(a) + sum(b), and its low bytes by the same pair to sum(b) alone: one SXTB16 for two SMLAD, and the codes
 * need no more than theirs.
 */
#ifndef TC_MULTIPLY_1X4_ASM_H
#define TC_MULTIPLY_1X4_ASM_H

#include "tc_dsp.h"

/* clang-format off */
#define TC_TWO_CHANNELS_ASM(word, pair, high, low)          \
    "smlad " high ", " word ", " pair ", " high "\n\t"      \
    "sxtb16 " word ", " word "\n\t"                         \
    "smlad " low ", " word ", " pair ", " low "\n\t"

/* r2 requant, r3 output, r12 rounder; sums of two channels, the first of which still holds 256 a + b */
#define TC_TWO_OUTPUTS_ASM(high, low)                       \
    "ldmia.w r2!, {r4, r5, r6, r7}\n\t"                     \
    "sub " high ", " high ", " low "\n\t"                   \
    "asr r0, r4, #8\n\t"                                    \
    "add " high ", r0, " high ", asr #8\n\t"                \
    "add " low ", " low ", r6, asr #8\n\t"                  \
    "lsl lr, r12, r4\n\t"                                   \
    TC_REQUANTIZE_ASM("r0", high, "r4", "r5", "lr")         \
    "strb r0, [r3], #1\n\t"                                 \
    "lsl lr, r12, r6\n\t"                                   \
    TC_REQUANTIZE_ASM("r0", low, "r6", "r7", "lr")          \
    "strb r0, [r3], #1\n\t"
/* clang-format on */

#endif
