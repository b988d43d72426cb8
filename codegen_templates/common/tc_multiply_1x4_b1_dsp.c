/* One row by four output channels, weights of one bit: fields are 0 and 2, bit 1 of each byte. */
#include "tc_multiply_1x4_fields_asm.h"
#include "tc_multiply_1x4_b1_dsp.h"

#define FIRST(load)                                   \
    "ldr r3, [r0], #4\n\t" load "and r4, r12, r7\n\t" \
    "and r5, r12, r7, lsr #1\n\t"                     \
    "and r6, r12, r7, lsr #2\n\t"                     \
    "and r7, r12, r7, lsr #3\n\t"

#define SECOND                    \
    "ldr r3, [r0], #4\n\t"        \
    "ldr r7, [r1], #4\n\t"        \
    "and r4, r12, r7, lsr #4\n\t" \
    "and r5, r12, r7, lsr #5\n\t" \
    "and r6, r12, r7, lsr #6\n\t" \
    "and r7, r12, r7, lsl #1\n\t"

TC_DEFINE_MULTIPLY_1X4_FIELDS(tc_multiply_1x4_b1_dsp, TC_SAME_OFFSET, "0x02020202", FIRST("ldr.w r7, [r1]\n\t"), SECOND,
                              FIRST("ldr r7, [r1], #4\n\t"))
