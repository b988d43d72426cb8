/* mul, float32, Arm64: an activation and a constant, any broadcast. output may be an input of its shape. */
#ifndef TC_MUL_F32_CONSTANT_NEON_H
#define TC_MUL_F32_CONSTANT_NEON_H

#include "tc_broadcast_f32.h"

void tc_mul_f32_constant_neon(const tc_binary_f32_params *p, const float *input, float *output);

#endif
