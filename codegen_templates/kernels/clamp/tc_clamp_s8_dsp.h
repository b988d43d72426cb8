/* clamp, int8, DSP extension. output may be input. */
#ifndef TC_CLAMP_S8_DSP_H
#define TC_CLAMP_S8_DSP_H

#include "tc_clamp.h"

void tc_clamp_s8_dsp(const tc_clamp_params *p, const int8_t *input, int8_t *output);

#endif
