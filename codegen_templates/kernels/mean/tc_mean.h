/*
 * mean: average over one or two runs of axes, int8.
 *
 *   input    int8  [outer][reduced_0][middle][reduced_1][inner]
 *   output   int8  [outer][middle][inner]
 *   multiplier, exponent: s_input / (s_output * reduced_0 * reduced_1)
 */
#ifndef TC_MEAN_H
#define TC_MEAN_H

#include "tc_types.h"

typedef struct {
    int32_t outer, reduced_0, middle, reduced_1, inner;
    int32_t input_zero_point, output_zero_point;
    int32_t multiplier, exponent;
} tc_mean_params;

/* Portable reference: any shape. */
void tc_mean_s8_ref(const tc_mean_params *p, const int8_t *input, int8_t *output);

#endif
