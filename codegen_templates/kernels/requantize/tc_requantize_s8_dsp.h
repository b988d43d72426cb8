/* requantize, int8, DSP extension. output may be input. */
#ifndef TC_REQUANTIZE_S8_DSP_H
#define TC_REQUANTIZE_S8_DSP_H

#include "tc_requantize.h"

void tc_requantize_s8_dsp(const tc_requantize_params *p, const int8_t *input, int8_t *output);

#endif
