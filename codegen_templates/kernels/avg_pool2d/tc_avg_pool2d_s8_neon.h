/* avg_pool2d, int8, NEON: eight channels at a time, windows of at most 255 pixels. */
#ifndef TC_AVG_POOL2D_S8_NEON_H
#define TC_AVG_POOL2D_S8_NEON_H

#include "tc_avg_pool2d.h"

void tc_avg_pool2d_s8_neon(const tc_avg_pool2d_params *p, const int8_t *input, int8_t *output);

#endif
