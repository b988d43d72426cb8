/* avg_pool2d, int8, MVE. */
#ifndef TC_AVG_POOL2D_S8_MVE_H
#define TC_AVG_POOL2D_S8_MVE_H

#include "tc_avg_pool2d.h"

/* At least four channels; at most 2048 pixels in a window, so that the division by a reciprocal is exact. */
void tc_avg_pool2d_s8_mve(const tc_avg_pool2d_params *p, const int8_t *input, int8_t *output);

#endif
