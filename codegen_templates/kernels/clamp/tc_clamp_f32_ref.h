/* clamp, float32, portable. output may be input. */
#ifndef TC_CLAMP_F32_REF_H
#define TC_CLAMP_F32_REF_H

#include "tc_clamp_f32.h"

void tc_clamp_f32_ref(const tc_clamp_f32_params *p, const float *input, float *output);

#endif
