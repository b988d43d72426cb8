/* add, int8, DSP extension: two activations of one shape, as one sum. output may be input0 or input1. */
#ifndef TC_ADD_S8_SUM_DSP_H
#define TC_ADD_S8_SUM_DSP_H

#include "tc_add_sum.h"

void tc_add_s8_sum_dsp(const tc_add_sum_params *p, const int8_t *input0, const int8_t *input1, int8_t *output);

#endif
