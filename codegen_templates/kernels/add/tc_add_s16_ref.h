/* add of int16 activations: zero points 0, output_multiplier 2 max(s0, s1) / (2^15 s_output), else as tc_add.h has it. */
#ifndef TC_ADD_S16_REF_H
#define TC_ADD_S16_REF_H

#include "tc_add.h"

/* Two activations of one shape. output may be input0 or input1. */
void tc_add_s16_ref(const tc_add_params *p, const int16_t *input0, const int16_t *input1, int16_t *output);

#endif
