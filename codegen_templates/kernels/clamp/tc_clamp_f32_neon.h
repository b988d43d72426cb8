/* clamp, float32, Arm64. output may be input. */
#ifndef TC_CLAMP_F32_NEON_H
#define TC_CLAMP_F32_NEON_H

#include "tc_clamp_f32.h"

void tc_clamp_f32_neon(const tc_clamp_f32_params *p, const float *input, float *output);

#endif
