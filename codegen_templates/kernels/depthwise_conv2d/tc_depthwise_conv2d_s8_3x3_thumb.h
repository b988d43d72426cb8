/*
 * depthwise_conv2d 3x3, int8, cores without the DSP extension.
 *
 * One channel at a time: a band of input rows is copied, padded, to one plane of bytes (the tile), with 128 added so that
 * the codes are unsigned: LDRB takes a constant offset, LDRSB does not. The bias takes the 128 away again.
 *
 *   weights  int8  [channels][9]
 *   requant  int32 [channels][2], see tc_thumb.h
 */
#ifndef TC_DEPTHWISE_CONV2D_S8_3X3_THUMB_H
#define TC_DEPTHWISE_CONV2D_S8_3X3_THUMB_H

#include "tc_types.h"

typedef struct {
    int32_t input_h, input_w;
    int32_t output_h, output_w;
    int32_t channels;
    int32_t stride_h, stride_w;
    int32_t pad_top, pad_left;
    int32_t band; /* output rows whose input rows the tile holds */
    int32_t tile_pitch; /* bytes of a tile row */
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int8_t *weights;
    const int32_t *requant;
} tc_depthwise_conv2d_3x3_thumb_params;

/* scratch: the tile, ((band - 1) * stride_h + 3) * tile_pitch bytes. */
void tc_depthwise_conv2d_s8_3x3_thumb(const tc_depthwise_conv2d_3x3_thumb_params *p, const int8_t *input,
                                      int8_t *output, void *scratch);

#endif
