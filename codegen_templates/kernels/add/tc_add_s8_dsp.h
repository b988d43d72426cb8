/* add, int8, DSP extension: two activations of one shape. output may be input0 or input1. */
#ifndef TC_ADD_S8_DSP_H
#define TC_ADD_S8_DSP_H

#include "tc_add_dsp.h"

void tc_add_s8_dsp(const tc_add_dsp_params *p, const int8_t *input0, const int8_t *input1, int8_t *output);

#endif
