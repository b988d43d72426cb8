/*
 * depthwise_conv2d, int8, DSP extension, any window: four channels at a time, one output pixel at a time.
 *
 *   weights  int32 [group][kernel_h][kernel_w]: the weights of four channels
 *   requant  int32 [group][4 channels][2], see tc_dsp.h; the sums here are plain, not 256 times too large
 *   the last group of four channels overlaps the one before it when the channels are not a multiple of four
 */
#ifndef TC_DEPTHWISE_CONV2D_S8_DSP_H
#define TC_DEPTHWISE_CONV2D_S8_DSP_H

#include "tc_types.h"

typedef struct {
    int32_t input_h, input_w, channels;
    int32_t output_h, output_w;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int32_t *weights;
    const int32_t *requant;
} tc_depthwise_conv2d_dsp_params;

/* At least four channels. */
void tc_depthwise_conv2d_s8_dsp(const tc_depthwise_conv2d_dsp_params *p, const int8_t *input, int8_t *output);

#endif
