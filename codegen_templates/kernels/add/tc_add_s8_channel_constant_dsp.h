/* add, int8, DSP extension: an activation and a constant along the last axis. output may be input. */
#ifndef TC_ADD_S8_CHANNEL_CONSTANT_DSP_H
#define TC_ADD_S8_CHANNEL_CONSTANT_DSP_H

#include "tc_add_dsp.h"

void tc_add_s8_channel_constant_dsp(const tc_add_dsp_params *p, const int8_t *input, int8_t *output);

#endif
