/*
 * What the linear kernels for NEON share: rows as windows of one run (tc_multiply_neon.h, with weights and requant).
 */
#ifndef TC_LINEAR_NEON_H
#define TC_LINEAR_NEON_H

#include "tc_multiply_neon.h"
#include "tc_neon.h"
#include "tc_types.h"

typedef struct {
    int32_t rows, input_c, output_c;
    int32_t output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int8_t *weights;
    const int32_t *requant;
} tc_linear_neon_params;

TC_INLINE void tc_linear_neon(const tc_linear_neon_params *p, const int8_t *input, int8_t *output)
{
    const tc_product_neon product = {.weights = p->weights,
                                     .requant = p->requant,
                                     .channels = p->output_c,
                                     .output_pitch = p->output_c,
                                     .rows = 1,
                                     .taps = 1,
                                     .run = p->input_c,
                                     .width = p->rows,
                                     .height = 1,
                                     .step_x = p->input_c,
                                     .output_zero_point = p->output_zero_point};
    tc_multiply_neon(&product, input, output);
    tc_limit_neon(output, p->rows * p->output_c, p->clamp_min, p->clamp_max);
}

#endif
