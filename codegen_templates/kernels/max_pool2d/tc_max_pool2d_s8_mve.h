/* max_pool2d, int8, MVE, any shape: 16 channels at a time, pixel by pixel of the window into the output. */
#ifndef TC_MAX_POOL2D_S8_MVE_H
#define TC_MAX_POOL2D_S8_MVE_H

#include "tc_max_pool2d.h"

void tc_max_pool2d_s8_mve(const tc_max_pool2d_params *p, const int8_t *input, int8_t *output);

#endif
