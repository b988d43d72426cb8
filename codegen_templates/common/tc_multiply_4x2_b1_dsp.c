/* Four pixels by pairs of output channels, weights of one bit, set for +1 and clear for -1: a word for four units. */
#include "tc_multiply_4x2_fields_asm.h"
#include "tc_multiply_4x2_b1_dsp.h"

/* fields are 0 and 2: the bit is brought to position 1 of its byte */
#define FIRST_UNIT             \
    "ldr lr,[r1]\n"            \
    "and r12,lr,#0x02020202\n" \
    "lsr lr,lr,#1\n"           \
    "and lr,lr,#0x02020202\n" TC_UNIT

/* one instruction more */
#define NEXT_UNIT(load, shift0, shift1) \
    load "lsr r12,lr,#" shift0 "\n"     \
         "and r12,r12,#0x02020202\n" shift1 "and lr,lr,#0x02020202\n" TC_UNIT

TC_DEFINE_MULTIPLY_4X2_FIELDS(tc_multiply_4x2_b1_dsp, TC_SAME_OFFSET,
                              "mov r9,#108\n"
                              "mul r8,r8,r9\n"
                              "cmp r8,#0\n"
                              "it ne\n"
                              "subne r8,r8,#4\n",
                              "add r6,r6,#3\n"
                              "lsr r6,r6,#2\n"
                              "lsl r6,r6,#2\n",
                              FIRST_UNIT NEXT_UNIT("ldr lr,[r1]\n", "2", "lsr lr,lr,#3\n")
                                  NEXT_UNIT("ldr lr,[r1]\n", "4", "lsr lr,lr,#5\n")
                                      NEXT_UNIT("ldr lr,[r1],#4\n", "6", "lsl lr,lr,#1\n"))
