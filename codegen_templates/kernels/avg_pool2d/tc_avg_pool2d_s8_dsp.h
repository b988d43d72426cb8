/* avg_pool2d, int8, DSP extension. */
#ifndef TC_AVG_POOL2D_S8_DSP_H
#define TC_AVG_POOL2D_S8_DSP_H

#include "tc_avg_pool2d.h"

/* At least four channels; at most 255 pixels in a window, so that sums fit 16 bits. */
void tc_avg_pool2d_s8_dsp(const tc_avg_pool2d_params *p, const int8_t *input, int8_t *output);

#endif
