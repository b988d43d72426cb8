/*
 * avg_pool2d, float32: sum = 0; for ky and kx, each rising, of the taps inside the input: sum = sum + x; sum / count;
 * then the clamp.
 *
 *   input    float [input_h][input_w][channels]
 *   output   float [output_h][output_w][channels]
 *   counted_* rows and columns outside the input that count as 0; what lies beyond them does not count.
 *   Every window holds at least one counted pixel.
 */
#ifndef TC_AVG_POOL2D_F32_H
#define TC_AVG_POOL2D_F32_H

#include "tc_float.h"

typedef struct {
    int32_t input_h, input_w, channels;
    int32_t output_h, output_w;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t pad_top, pad_left;
    int32_t counted_top, counted_bottom, counted_left, counted_right;
    float clamp_min, clamp_max;
} tc_avg_pool2d_f32_params;

#endif
