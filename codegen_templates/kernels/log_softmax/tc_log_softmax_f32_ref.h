/* log_softmax, float32, portable. output may be input. */
#ifndef TC_LOG_SOFTMAX_F32_REF_H
#define TC_LOG_SOFTMAX_F32_REF_H

#include "tc_log_softmax_f32.h"

void tc_log_softmax_f32_ref(const tc_log_softmax_f32_params *p, const float *input, float *output);

#endif
