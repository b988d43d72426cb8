/*
 * conv2d with int16 activations on the DSP extension: two pixels by two output channels (tc_multiply_2x2_s16_dsp.h).
 *
 *   weights     int32 [output channel pair][fours of a window][2 channels], a window in the order OHWI
 *   bias        int32 [output channels, an even number]
 *   multiplier  int32, the same number: y is the upper word of acc * multiplier, rounded
 */
#ifndef TC_CONV2D_S16_DSP_H
#define TC_CONV2D_S16_DSP_H

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
} tc_conv2d_s16_dsp_params;

/* scratch: two windows of int16, each in whole fours, 4-byte aligned. */
void tc_conv2d_s16_dsp(const tc_conv2d_s16_dsp_params *p, const int16_t *input, int16_t *output, void *scratch);

#endif
