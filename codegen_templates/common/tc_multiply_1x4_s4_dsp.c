/* One row by four output channels, weights of 4 bits. */
#include "tc_multiply_1x4_fields_asm.h"
#include "tc_multiply_1x4_s4_dsp.h"

#define FIELDS                    \
    "ldr r3, [r0], #4\n\t"        \
    "ldmia r1!, {r4, r6}\n\t"     \
    "and r5, r12, r4, lsr #4\n\t" \
    "and r4, r12, r4\n\t"         \
    "and r7, r12, r6, lsr #4\n\t" \
    "and r6, r12, r6\n\t"

TC_DEFINE_MULTIPLY_1X4_FIELDS(tc_multiply_1x4_s4_dsp, TC_SAME_OFFSET, "0x0f0f0f0f", FIELDS, FIELDS, FIELDS)
