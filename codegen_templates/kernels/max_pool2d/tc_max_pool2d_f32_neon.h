/* max_pool2d, float32, Arm64, any shape with four channels or more. */
#ifndef TC_MAX_POOL2D_F32_NEON_H
#define TC_MAX_POOL2D_F32_NEON_H

#include "tc_max_pool2d_f32.h"

void tc_max_pool2d_f32_neon(const tc_max_pool2d_f32_params *p, const float *input, float *output);

#endif
