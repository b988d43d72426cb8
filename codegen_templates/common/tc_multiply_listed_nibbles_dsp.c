/* One row by one output channel after the other, listed weights with distances of 4 bits. */
#include "tc_multiply_listed_nibbles_dsp.h"
#include "tc_multiply_listed_asm.h"

/* clang-format off */
/* r9: the third and the fourth */
#define NIBBLES(first, second, third, fourth)                       \
    "and.w r9, r11, r7, lsr #4\n\t"                                 \
    "and.w r7, r11, r7\n\t"                                         \
    TC_LISTED_ADDRESSES("r7", ", ror #8", "r9", "", ", ror #8")     \
    TC_LISTED_CODES(first, second, third, fourth)                   \
    "ldr.w r8, [r1], #4\n\t"                                        \
    "ldrh r7, [r10], #2\n\t"                                        \
    TC_LISTED_PRODUCTS

#define START "mov r11, #0x0f0f0f0f\n\tldrh r7, [r10], #2\n"

TC_DEFINE_MULTIPLY_ONES(tc_multiply_listed_nibbles_dsp, START, NIBBLES, "9", "3")
/* clang-format on */
