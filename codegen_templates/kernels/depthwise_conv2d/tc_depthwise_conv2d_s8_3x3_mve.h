/*
 * depthwise_conv2d 3x3, int8, MVE.
 *
 * The input rows of a band of output rows are copied, padded with the zero point, to the scratch buffer (the tile), but
 * for those that the band before it had too; they stay there, so that the output may lie over the input. Then each channel
 * is computed, four outputs along a row or along a column at a time (tc_depthwise_channels_mve.h).
 *
 *   weights  int8  [channels][12]
 *   requant  int32 [channels][3]
 */
#ifndef TC_DEPTHWISE_CONV2D_S8_3X3_MVE_H
#define TC_DEPTHWISE_CONV2D_S8_3X3_MVE_H

#include "tc_types.h"

typedef struct {
    int32_t input_h, input_w;
    int32_t output_h, output_w;
    int32_t channels;
    int32_t stride_h, stride_w;
    int32_t pad_top, pad_left;
    int32_t along_columns; /* then output_h >= band, a multiple of four, and the last band overlaps the one before it */
    int32_t band; /* output rows */
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int8_t *weights;
    const int32_t *requant;
} tc_depthwise_conv2d_3x3_mve_params;

/* scratch: the tile, ((band - 1) * stride_h + 3) * ((output_w - 1) * stride_w + 3) * channels bytes. */
void tc_depthwise_conv2d_s8_3x3_mve(const tc_depthwise_conv2d_3x3_mve_params *p, const int8_t *input, int8_t *output,
                                    void *scratch);

#endif
