/*
 * max_pool2d: maximum over windows, int8 NHWC. Padding never wins; every window holds at least one input pixel.
 *
 *   input    int8  [input_h][input_w][channels]
 *   output   int8  [output_h][output_w][channels], scale and zero point as the input
 */
#ifndef TC_MAX_POOL2D_H
#define TC_MAX_POOL2D_H

#include "tc_types.h"

typedef struct {
    int32_t input_h, input_w, channels;
    int32_t output_h, output_w;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
} tc_max_pool2d_params;

/* Portable reference: any shape. */
void tc_max_pool2d_s8_ref(const tc_max_pool2d_params *p, const int8_t *input, int8_t *output);

#endif
