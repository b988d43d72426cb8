/* max_pool2d, int8, NEON: sixteen channels at a time, then eight, then one. */
#ifndef TC_MAX_POOL2D_S8_NEON_H
#define TC_MAX_POOL2D_S8_NEON_H

#include "tc_max_pool2d.h"

void tc_max_pool2d_s8_neon(const tc_max_pool2d_params *p, const int8_t *input, int8_t *output);

#endif
