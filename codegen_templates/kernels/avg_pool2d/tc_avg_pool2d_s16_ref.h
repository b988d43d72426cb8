/* avg_pool2d of int16 activations: zero point 0, windows of at most 65535 pixels, else as tc_avg_pool2d.h has it. */
#ifndef TC_AVG_POOL2D_S16_REF_H
#define TC_AVG_POOL2D_S16_REF_H

#include "tc_avg_pool2d.h"

void tc_avg_pool2d_s16_ref(const tc_avg_pool2d_params *p, const int16_t *input, int16_t *output);

#endif
