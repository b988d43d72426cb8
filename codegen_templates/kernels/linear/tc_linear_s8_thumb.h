/*
 * linear, int8, cores without the DSP extension: rows one by one, four output channels at a time, no scratch.
 *
 *   weights  int8  [output_c][input_c]
 *   requant  int32 [output_c][2], see tc_thumb.h
 */
#ifndef TC_LINEAR_S8_THUMB_H
#define TC_LINEAR_S8_THUMB_H

#include "tc_types.h"

typedef struct {
    int32_t rows;
    int32_t input_c, output_c;
    int32_t output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int8_t *weights;
    const int32_t *requant;
} tc_linear_thumb_params;

void tc_linear_s8_thumb(const tc_linear_thumb_params *p, const int8_t *input, int8_t *output);

#endif
