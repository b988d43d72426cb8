/* prelu, float32, portable. output may be input. */
#ifndef TC_PRELU_F32_REF_H
#define TC_PRELU_F32_REF_H

#include "tc_prelu_f32.h"

void tc_prelu_f32_ref(const tc_prelu_f32_params *p, const float *input, float *output);

#endif
