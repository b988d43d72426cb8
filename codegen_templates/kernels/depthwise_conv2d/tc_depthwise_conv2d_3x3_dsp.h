/*
 * depthwise_conv2d 3x3 on the DSP extension: what its kernels share (compiled once, tc_depthwise_conv2d_3x3_dsp.c).
 *
 * Four channels at a time: a band of input lines is copied, padded, to one plane of int16 per channel (the tile), where
 * two neighbours along a line are one SMLAD operand. Four outputs along a line are computed together.
 *
 * A line is a row, or a column when that fills groups of four better: the pitches (in bytes) say which.
 *
 *   weights  int32 [group][4 channels][3 lines]: bytes {w0, w1, w1, w2}
 *   requant  int32 [group][4 channels][2], see tc_dsp.h
 *   the last group of four channels overlaps the one before it when the channels are not a multiple of four
 */
#ifndef TC_DEPTHWISE_CONV2D_3X3_DSP_H
#define TC_DEPTHWISE_CONV2D_3X3_DSP_H

#include "tc_types.h"

typedef struct {
    int32_t channels;
    int32_t input_lines, input_length, input_line_pitch, input_pitch;
    int32_t output_lines, output_length, output_line_pitch, output_pitch;
    int32_t line_stride, stride; /* across lines, and along a line: 1 or 2 */
    int32_t pad_lines, pad;
    int32_t band;       /* output lines whose input lines the tile holds */
    int32_t tile_pitch; /* words of a tile line: two codes each */
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int32_t *weights;
    const int32_t *requant;
} tc_depthwise_conv2d_3x3_dsp_params;

/* At least four channels; tile holds 4 * ((band - 1) * line_stride + 3) * tile_pitch words. */
void tc_depthwise_conv2d_3x3_dsp(const tc_depthwise_conv2d_3x3_dsp_params *p, const int8_t *input, int8_t *output,
                                 int32_t *tile);

#endif
