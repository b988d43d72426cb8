/*
 * conv2d, int8, DSP extension: exact Winograd convolution F(4, 3) along rows and F(2, 3) across them, for 3x3 windows of
 * stride 1: a third of the products.
 *
 * A tile is six by four neighbours, from which four by two outputs follow with 24 products a channel in place of 72. With
 * G 24 and 2 times as large all is integer and fits int16: weights |.| <= 72 * 127, tiles |.| <= 20 * 128. Sums may wrap,
 * for their results, 48 times the accumulators, fit int32.
 * Source: A. Lavin, S. Gray, Fast Algorithms for Convolutional Neural Networks, 2015, sections 4.1 and 4.2.
 *
 * Four tiles are computed together, a block: its input is read, then its outputs are written. Tiles go row by row; the
 * last of a row or column overlap those before them.
 *
 *   weights  int32 [output channel pair][4 points across][6 points along][input_c / 2][2 channels]: pairs of int16, of
 *            the input channels 0 and 2, 1 and 3 of each four
 *   requant  int32 [output_c][3]: 48 * bias, shift - 1, multiplier (tc_dsp.h)
 */
#ifndef TC_CONV2D_S8_WINOGRAD_4X2_DSP_H
#define TC_CONV2D_S8_WINOGRAD_4X2_DSP_H

#include "tc_types.h"

typedef struct {
    int32_t input_h, input_w, input_c;    /* input_c: a multiple of four */
    int32_t output_h, output_w, output_c; /* output_w: at least four; output_c: even */
    int32_t pad_top, pad_left;
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int32_t *weights;
    const int32_t *requant;
} tc_conv2d_winograd_4x2_dsp_params;

/* scratch: 192 + 60 * input_c words and 6 * input_c codes. */
void tc_conv2d_s8_winograd_4x2_dsp(const tc_conv2d_winograd_4x2_dsp_params *p, const int8_t *input, int8_t *output,
                                   void *scratch);

#endif
