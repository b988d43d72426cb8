/* Four pixels by pairs of output channels, weights of 2 bits: a word for two units. */
#include "tc_multiply_4x2_fields_asm.h"
#include "tc_multiply_4x2_s2_dsp.h"

#define FIRST_UNIT             \
    "ldr lr,[r1]\n"            \
    "and r12,lr,#0x03030303\n" \
    "lsr lr,lr,#2\n"           \
    "and lr,lr,#0x03030303\n" TC_UNIT

/* one instruction more */
#define SECOND_UNIT             \
    "ldr lr,[r1],#4\n"          \
    "lsr r12,lr,#4\n"           \
    "and r12,r12,#0x03030303\n" \
    "lsr lr,lr,#6\n"            \
    "and lr,lr,#0x03030303\n" TC_UNIT

TC_DEFINE_MULTIPLY_4X2_FIELDS(tc_multiply_4x2_s2_dsp, TC_OWN_OFFSETS,
                              "mov r9,#104\n"
                              "lsr r10,r8,#1\n"
                              "mul r8,r8,r9\n"
                              "add r8,r8,r10,lsl #2\n",
                              "add r6,r6,#3\n" /* and the word of the offsets */
                              "lsr r6,r6,#1\n"
                              "lsl r6,r6,#2\n",
                              FIRST_UNIT SECOND_UNIT FIRST_UNIT SECOND_UNIT)
