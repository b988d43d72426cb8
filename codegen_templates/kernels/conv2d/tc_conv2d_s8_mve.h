/*
 * conv2d, int8, MVE, any shape: one pixel by four output channels at a time (tc_multiply_rows_mve.h).
 *
 * The window of a pixel is copied to the scratch buffer, padded with the zero point.
 *
 *   weights, requant  as tc_multiply_rows_mve.h has them, group after group
 */
#ifndef TC_CONV2D_S8_MVE_H
#define TC_CONV2D_S8_MVE_H

#include "tc_types.h"

typedef struct {
    int32_t input_h, input_w, input_c;
    int32_t output_h, output_w, output_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t groups;
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int8_t *weights;
    const int32_t *requant;
} tc_conv2d_mve_params;

/* scratch: kernel_h * kernel_w * input_c / groups bytes. */
void tc_conv2d_s8_mve(const tc_conv2d_mve_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
