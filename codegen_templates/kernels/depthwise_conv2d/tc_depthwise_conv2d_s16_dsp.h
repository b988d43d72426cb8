/*
 * depthwise_conv2d with int16 activations on the DSP extension: two channels of a pixel at once.
 *
 *   weights     int32 [channel pair][taps]: those of both channels, a pair of int16
 *   bias        int32 [channels]
 *   multiplier  int32 [channels]: y is the upper word of acc * multiplier, rounded
 */
#ifndef TC_DEPTHWISE_CONV2D_S16_DSP_H
#define TC_DEPTHWISE_CONV2D_S16_DSP_H

#include "tc_types.h"

typedef struct {
    int32_t input_h, input_w, input_c;
    int32_t output_h, output_w, output_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t clamp_min, clamp_max; /* int16 codes of the fused activation */
    const int32_t *weights;
    const int32_t *bias;
    const int32_t *multiplier;
} tc_depthwise_conv2d_s16_dsp_params;

/* An even number of channels, one filter each; input 4-byte aligned. */
void tc_depthwise_conv2d_s16_dsp(const tc_depthwise_conv2d_s16_dsp_params *p, const int16_t *input, int16_t *output);

#endif
