/*
 * log_softmax, float32, along the last axis: m = the maximum of a row; the sum of exp(x - m) from 0, channel by channel;
 * (x - m) - log(sum) (tc_exp_f32.h).
 *
 *   input, output  float [rows][channels]
 */
#ifndef TC_LOG_SOFTMAX_F32_H
#define TC_LOG_SOFTMAX_F32_H

#include "tc_float.h"

typedef struct {
    int32_t rows, channels;
} tc_log_softmax_f32_params;

#endif
