/*
 * conv2d, int8, cores without the DSP extension, any shape.
 *
 * Two output pixels at a time: their windows are expanded to pairs of codes once (the patch) and reused for all output
 * channels, which are computed in pairs (tc_multiply_2x2_thumb.h).
 *
 *   weights  int32 [group][output channel pair][units]
 *   requant  int32 [group][output channel pair][2 channels][2], see tc_thumb.h
 *   a channel that is added to make a pair is zero, and so is the weight of a tap that is added to make a unit
 */
#ifndef TC_CONV2D_S8_THUMB_H
#define TC_CONV2D_S8_THUMB_H

#include "tc_types.h"

typedef struct {
    int32_t input_h, input_w, input_c;
    int32_t output_h, output_w, output_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t groups;
    int32_t units; /* of a window: two taps each */
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int32_t *weights;
    const int32_t *requant;
} tc_conv2d_thumb_params;

/* scratch: the patch, 8 * units bytes, 4-byte aligned. */
void tc_conv2d_s8_thumb(const tc_conv2d_thumb_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
