/*
 * softmax, float32, along the last axis: m = the maximum of a row; e = exp(x - m) (tc_exp_f32.h); their sum from 0, channel
 * by channel; e / sum.
 *
 *   input, output  float [rows][channels]
 */
#ifndef TC_SOFTMAX_F32_H
#define TC_SOFTMAX_F32_H

#include "tc_float.h"

typedef struct {
    int32_t rows, channels;
} tc_softmax_f32_params;

#endif
