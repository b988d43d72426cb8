/* One row by one output channel after the other, listed weights with distances of 8 bits. */
#include "tc_multiply_listed_bytes_dsp.h"
#include "tc_multiply_listed_asm.h"

/* clang-format off */
#define BYTES(first, second, third, fourth)                         \
    TC_LISTED_ADDRESSES("r7", ", ror #8", "r7", ", ror #16", ", ror #24")\
    TC_LISTED_CODES(first, second, third, fourth)                   \
    "ldr.w r8, [r1], #4\n\t"                                        \
    "ldr.w r7, [r1], #4\n\t"                                        \
    TC_LISTED_PRODUCTS

TC_DEFINE_MULTIPLY_ONES(tc_multiply_listed_bytes_dsp, "ldr r7, [r1], #4\n", BYTES, "1", "6")
/* clang-format on */
