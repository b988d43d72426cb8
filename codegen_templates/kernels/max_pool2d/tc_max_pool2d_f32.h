/*
 * max_pool2d, float32: of the taps inside the input, ky and kx each rising, the first that no later one exceeds; then the
 * clamp.
 *
 *   input    float [input_h][input_w][channels]
 *   output   float [output_h][output_w][channels]
 *   Every window holds at least one pixel of the input.
 */
#ifndef TC_MAX_POOL2D_F32_H
#define TC_MAX_POOL2D_F32_H

#include "tc_float.h"

typedef struct {
    int32_t input_h, input_w, channels;
    int32_t output_h, output_w;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    float clamp_min, clamp_max;
} tc_max_pool2d_f32_params;

#endif
