/* One row by four output channels, weights of 4 bits. */
#include "tc_multiply_1x4_fields_asm.h"
#include "tc_multiply_1x4_s4_dsp.h"

TC_DEFINE_MULTIPLY_1X4_FIELDS(tc_multiply_1x4_s4_dsp, TC_SAME_OFFSET, "0x0f0f0f0f", TC_FIELDS_OF_4, TC_FIELDS_OF_4,
                              TC_FIELDS_OF_4)
