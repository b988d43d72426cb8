/* mul, int8, DSP extension: two activations of one shape. output may be input0 or input1. */
#ifndef TC_MUL_S8_DSP_H
#define TC_MUL_S8_DSP_H

#include "tc_mul_dsp.h"

void tc_mul_s8_dsp(const tc_mul_dsp_params *p, const int8_t *input0, const int8_t *input1, int8_t *output);

#endif
