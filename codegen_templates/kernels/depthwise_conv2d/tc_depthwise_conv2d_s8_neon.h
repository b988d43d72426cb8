/*
 * depthwise_conv2d, int8, NEON, one filter a channel, any window: sixteen outputs at a time.
 *
 * What the windows see of the input is copied to the scratch buffer with its padding. The sixteen lanes of a vector are
 * sixteen channels of a pixel, or, where a pixel has 1, 2, 4 or 8 and windows are one pixel apart, `together` pixels side by
 * side.
 *
 *   weights  int8  [lanes / 16][kernel_h][kernel_w][16], above -128: two products fit int16. Lanes are the channels, as
 *            often as pixels are together, filled up to a multiple of sixteen with zeros
 *   requant  int32 [lanes / 4][3][4]: bias with the input's zero point folded in, multiplier, exponent <= -1
 */
#ifndef TC_DEPTHWISE_CONV2D_S8_NEON_H
#define TC_DEPTHWISE_CONV2D_S8_NEON_H

#include "tc_types.h"

typedef struct {
    int32_t input_h, input_w;
    int32_t output_h, output_w;
    int32_t channels, together;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int8_t *weights;
    const int32_t *requant;
} tc_depthwise_conv2d_neon_params;

/* scratch: what the windows see of the input, and 16 bytes. */
void tc_depthwise_conv2d_s8_neon(const tc_depthwise_conv2d_neon_params *p, const int8_t *input, int8_t *output,
                                 void *scratch);

#endif
