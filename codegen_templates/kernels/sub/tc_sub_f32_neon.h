/* sub, float32, Arm64: two activations, any broadcast. output may be an input of its shape. */
#ifndef TC_SUB_F32_NEON_H
#define TC_SUB_F32_NEON_H

#include "tc_broadcast_f32.h"

void tc_sub_f32_neon(const tc_binary_f32_params *p, const float *input0, const float *input1, float *output);

#endif
