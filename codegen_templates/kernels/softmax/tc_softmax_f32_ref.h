/* softmax, float32, portable. output may be input. */
#ifndef TC_SOFTMAX_F32_REF_H
#define TC_SOFTMAX_F32_REF_H

#include "tc_softmax_f32.h"

void tc_softmax_f32_ref(const tc_softmax_f32_params *p, const float *input, float *output);

#endif
