/*
 * linear, float32, Arm64: rows as windows of one run (tc_multiply_f32_neon.h, with weights and bias).
 */
#ifndef TC_LINEAR_F32_NEON_H
#define TC_LINEAR_F32_NEON_H

#include "tc_linear_f32.h"

void tc_linear_f32_neon(const tc_linear_f32_params *p, const float *input, float *output);

#endif
