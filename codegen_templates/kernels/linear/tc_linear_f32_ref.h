/* linear, float32, portable: any shape. */
#ifndef TC_LINEAR_F32_REF_H
#define TC_LINEAR_F32_REF_H

#include "tc_linear_f32.h"

void tc_linear_f32_ref(const tc_linear_f32_params *p, const float *input, float *output);

#endif
