/* max_pool2d, int8, DSP extension. */
#ifndef TC_MAX_POOL2D_S8_DSP_H
#define TC_MAX_POOL2D_S8_DSP_H

#include "tc_max_pool2d.h"

/* At least four channels. */
void tc_max_pool2d_s8_dsp(const tc_max_pool2d_params *p, const int8_t *input, int8_t *output);

#endif
