/* max_pool2d of int16 activations, else as tc_max_pool2d.h has it. */
#ifndef TC_MAX_POOL2D_S16_REF_H
#define TC_MAX_POOL2D_S16_REF_H

#include "tc_max_pool2d.h"

void tc_max_pool2d_s16_ref(const tc_max_pool2d_params *p, const int16_t *input, int16_t *output);

#endif
