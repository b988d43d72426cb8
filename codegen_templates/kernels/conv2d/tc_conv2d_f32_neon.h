/*
 * conv2d, float32, Arm64, any shape: products of windows (tc_multiply_f32_neon.h), read where they lie. Windows of which
 * the same part lies inside the input are computed together, by the weights of that part.
 *
 *   weights, bias  as tc_multiply_f32_neon.h has them, group after group
 */
#ifndef TC_CONV2D_F32_NEON_H
#define TC_CONV2D_F32_NEON_H

#include "tc_conv2d_f32.h"

void tc_conv2d_f32_neon(const tc_conv2d_f32_params *p, const float *input, float *output);

#endif
