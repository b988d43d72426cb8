/*
 * linear: matrix product on the last axis, int8.
 *
 *   input    int8  [rows][input_c]
 *   output   int8  [rows][output_c]
 *   weights  int8  [output_c][input_c], zero point 0
 *   bias     int32 [output_c], at scale s_input * s_weights[o]
 *   multiplier int32, exponent int8 [output_c]: s_input * s_weights[o] / s_output
 */
#ifndef TC_LINEAR_H
#define TC_LINEAR_H

#include "tc_types.h"

typedef struct {
    int32_t rows;
    int32_t input_c, output_c;
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int8_t *weights;
    const int32_t *bias;
    const int32_t *multiplier;
    const int8_t *exponent;
} tc_linear_params;

/* Portable reference: any shape. */
void tc_linear_s8_ref(const tc_linear_params *p, const int8_t *input, int8_t *output);

#endif
