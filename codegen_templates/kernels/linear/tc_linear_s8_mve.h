/*
 * linear, int8, MVE: rows times a matrix, one row by four output channels at a time.
 *
 *   weights, requant  as tc_multiply_rows_mve.h has them
 */
#ifndef TC_LINEAR_S8_MVE_H
#define TC_LINEAR_S8_MVE_H

#include "tc_types.h"

typedef struct {
    int32_t rows;
    int32_t input_c, output_c;
    int32_t output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int8_t *weights;
    const int32_t *requant;
} tc_linear_mve_params;

void tc_linear_s8_mve(const tc_linear_mve_params *p, const int8_t *input, int8_t *output);

#endif
