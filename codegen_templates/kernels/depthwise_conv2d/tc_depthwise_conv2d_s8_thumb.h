/*
 * depthwise_conv2d, int8, cores without the DSP extension: any window without dilation, one filter a channel.
 *
 * Channel by channel a band of input rows is gathered, padded with the zero point, in the scratch buffer (the tile), where a
 * row of taps is a run of bytes; then four outputs of a row are computed at a time.
 *
 *   weights  int8  [channels][kernel_h][kernel_w]
 *   requant  int32 [channels][2], see tc_thumb.h
 */
#ifndef TC_DEPTHWISE_CONV2D_S8_THUMB_H
#define TC_DEPTHWISE_CONV2D_S8_THUMB_H

#include "tc_types.h"

typedef struct {
    int32_t input_h, input_w;
    int32_t output_h, output_w;
    int32_t channels;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t pad_top, pad_left;
    int32_t band;       /* output rows */
    int32_t tile_pitch; /* bytes of a row of the tile, which serves a multiple of four outputs */
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int8_t *weights;
    const int32_t *requant;
} tc_depthwise_conv2d_thumb_params;

/* scratch: the tile, ((band - 1) * stride_h + kernel_h) * tile_pitch bytes. */
void tc_depthwise_conv2d_s8_thumb(const tc_depthwise_conv2d_thumb_params *p, const int8_t *input, int8_t *output,
                                  void *scratch);

#endif
