/* One row by one output channel after the other, listed blocks of four weights: 11 cycles for one. */
#include "tc_multiply_listed_blocks_dsp.h"
#include "tc_multiply_listed_asm.h"

/* clang-format off */
/* r12 the distance of the next block, loaded beside the weights  r11 what mixes codes (tc_dsp.h)  r10 distances to come */
#define BLOCK                                                       \
    "add.w r0, r0, r12, lsl #2\n\t"                                  \
    "ldr.w r6, [r0], #4\n\t"                                        \
    "ldr.w r5, [r1], #4\n\t"                                        \
    "ldrb r12, [r10], #1\n\t"                                        \
    "sxtb16 r7, r6, ror #8\n\t"                                     \
    "smlad r3, r5, r7, r3\n\t"                                      \
    "rev16.w r6, r6\n\t"                                            \
    "eor.w r6, r6, r11\n\t"                                         \
    "sxtb16 r5, r5\n\t"                                             \
    "smlad r3, r5, r6, r3\n\t"

#define ONE(first, second, third, fourth) BLOCK
#define START "mov r11, #0x007f007f\n\tldrb r12, [r10], #1\n"

TC_DEFINE_MULTIPLY_LISTED(tc_multiply_listed_blocks_dsp, START, "ldr r3, [lr]\n\t", "", ONE, "5", "3", "",
                          "asr r3, r3, #8\n\t")
/* clang-format on */
