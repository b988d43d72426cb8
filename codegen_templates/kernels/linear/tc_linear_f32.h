/*
 * linear, float32: acc = bias; for the input features, rising: acc = fma(x, w, acc); then the clamp.
 *
 *   input    float [rows][input_c]
 *   output   float [rows][output_c]
 *   weights  float [output_c][input_c]
 *   bias     float [output_c]
 */
#ifndef TC_LINEAR_F32_H
#define TC_LINEAR_F32_H

#include "tc_float.h"

typedef struct {
    int32_t rows;
    int32_t input_c, output_c;
    float clamp_min, clamp_max;
    const float *weights;
    const float *bias;
} tc_linear_f32_params;

#endif
