/*
 * depthwise_conv2d, float32: acc = bias; for ky and kx, each rising, of the taps inside the input: acc = fma(x, w, acc);
 * then the clamp. Output channel c reads input channel c / channel_multiplier.
 *
 *   input    float [input_h][input_w][input_c]
 *   output   float [output_h][output_w][output_c]
 *   weights  float [kernel_h][kernel_w][output_c]
 *   bias     float [output_c]
 */
#ifndef TC_DEPTHWISE_CONV2D_F32_H
#define TC_DEPTHWISE_CONV2D_F32_H

#include "tc_float.h"

typedef struct {
    int32_t input_h, input_w, input_c;
    int32_t output_h, output_w, output_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t channel_multiplier;
    float clamp_min, clamp_max;
    const float *weights;
    const float *bias;
} tc_depthwise_conv2d_f32_params;

#endif
