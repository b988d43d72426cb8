/* avg_pool2d, float32, portable: any shape. */
#ifndef TC_AVG_POOL2D_F32_REF_H
#define TC_AVG_POOL2D_F32_REF_H

#include "tc_avg_pool2d_f32.h"

void tc_avg_pool2d_f32_ref(const tc_avg_pool2d_f32_params *p, const float *input, float *output);

#endif
