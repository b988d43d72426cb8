/* mul, int8, DSP extension: an activation and a constant along the last axis. output may be input. */
#ifndef TC_MUL_S8_CHANNEL_CONSTANT_DSP_H
#define TC_MUL_S8_CHANNEL_CONSTANT_DSP_H

#include "tc_mul_dsp.h"

void tc_mul_s8_channel_constant_dsp(const tc_mul_dsp_params *p, const int8_t *input, int8_t *output);

#endif
