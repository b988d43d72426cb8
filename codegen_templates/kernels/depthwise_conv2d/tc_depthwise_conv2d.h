/*
 * depthwise_conv2d: one set of filters per input channel, int8 NHWC; output_c = input_c * channel_multiplier.
 *
 *   input    int8  [input_h][input_w][input_c]
 *   output   int8  [output_h][output_w][output_c]; channel c reads input channel c / channel_multiplier
 *   weights  int8  [kernel_h][kernel_w][output_c]   (1HWC), zero point 0
 *   bias     int32 [output_c], at scale s_input * s_weights[c]
 *   multiplier int32, exponent int8 [output_c]: s_input * s_weights[c] / s_output
 */
#ifndef TC_DEPTHWISE_CONV2D_H
#define TC_DEPTHWISE_CONV2D_H

#include "tc_types.h"

typedef struct {
    int32_t input_h, input_w, input_c;
    int32_t output_h, output_w, output_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t channel_multiplier;
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int8_t *weights;
    const int32_t *bias;
    const int32_t *multiplier;
    const int8_t *exponent;
} tc_depthwise_conv2d_params;

/* Portable reference: any shape. */
void tc_depthwise_conv2d_s8_ref(const tc_depthwise_conv2d_params *p, const int8_t *input, int8_t *output);

#endif
