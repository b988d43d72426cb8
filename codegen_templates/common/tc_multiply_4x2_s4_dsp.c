/* Four pixels by pairs of output channels, weights of 4 bits: the lower of a byte for the first channel of the pair. */
#include "tc_multiply_4x2_fields_asm.h"
#include "tc_multiply_4x2_s4_dsp.h"

#define UNIT                   \
    "ldr lr,[r1],#4\n"         \
    "and r12,lr,#0x0f0f0f0f\n" \
    "lsr lr,lr,#4\n"           \
    "and lr,lr,#0x0f0f0f0f\n" TC_UNIT

TC_DEFINE_MULTIPLY_4X2_FIELDS(tc_multiply_4x2_s4_dsp, TC_SAME_OFFSET,
                              "mov r9,#104\n"
                              "mul r8,r8,r9\n",
                              "lsl r6,r6,#2\n", UNIT UNIT UNIT UNIT)
