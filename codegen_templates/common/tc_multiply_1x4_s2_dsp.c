/* One row by four output channels, weights of 2 bits. */
#include "tc_multiply_1x4_fields_asm.h"
#include "tc_multiply_1x4_s2_dsp.h"

#define FIELDS                    \
    "ldr r3, [r0], #4\n\t"        \
    "ldr r7, [r1], #4\n\t"        \
    "and r4, r12, r7\n\t"         \
    "and r5, r12, r7, lsr #2\n\t" \
    "and r6, r12, r7, lsr #4\n\t" \
    "and r7, r12, r7, lsr #6\n\t"

TC_DEFINE_MULTIPLY_1X4_FIELDS(tc_multiply_1x4_s2_dsp, TC_OWN_OFFSETS, "0x03030303", FIELDS, FIELDS, FIELDS)
