/*
 * linear, int8, DSP extension: rows one by one, four output channels at a time, no scratch.
 *
 *   weights, requant   as tc_multiply_1x4_dsp.h has them; channels that are added to make fours are zero
 */
#ifndef TC_LINEAR_S8_DSP_H
#define TC_LINEAR_S8_DSP_H

#include "tc_types.h"

typedef struct {
    int32_t rows;
    int32_t input_c, output_c;
    int32_t output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int32_t *weights;
    const int32_t *requant;
} tc_linear_dsp_params;

/* At least eight inputs. */
void tc_linear_s8_dsp(const tc_linear_dsp_params *p, const int8_t *input, int8_t *output);

#endif
