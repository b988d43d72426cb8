/* mean, float32, Arm64: four elements or more along the innermost axis. */
#ifndef TC_MEAN_F32_NEON_H
#define TC_MEAN_F32_NEON_H

#include "tc_mean_f32.h"

void tc_mean_f32_neon(const tc_mean_f32_params *p, const float *input, float *output);

#endif
