/* mean, float32, portable: any shape. */
#ifndef TC_MEAN_F32_REF_H
#define TC_MEAN_F32_REF_H

#include "tc_mean_f32.h"

void tc_mean_f32_ref(const tc_mean_f32_params *p, const float *input, float *output);

#endif
