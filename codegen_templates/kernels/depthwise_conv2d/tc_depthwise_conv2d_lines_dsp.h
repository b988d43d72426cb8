/*
 * depthwise_conv2d of any window on the DSP extension: what its kernels share (compiled once, *_lines_dsp.c).
 *
 * As for 3x3 windows (tc_depthwise_conv2d_3x3_dsp.h): the input lines of a band of output lines are copied, four channels
 * at a time, to planes of int16, and four outputs along a line are computed together. A line with a stride is stored as
 * phases: the codes 0, stride, 2 * stride ..., then those from 1 on, and so on, so that every phase has stride 1.
 *
 * A segment is a phase of a line of the window: ``steps`` pairs of taps, zeros behind the last one.
 *
 *   weights  int32 [group][4 channels][multiplier][words]: bytes {w0, w2, w1, w3} of the taps, segment after segment
 *   requant  int32 [group][4 channels][multiplier][2], see tc_dsp.h
 *   the last group of four channels overlaps the one before it when the channels are not a multiple of four
 */
#ifndef TC_DEPTHWISE_CONV2D_LINES_DSP_H
#define TC_DEPTHWISE_CONV2D_LINES_DSP_H

#include "tc_types.h"

typedef struct {
    int32_t channels, channel_multiplier; /* input channels; output channels of each */
    int32_t input_lines, input_length, input_line_pitch, input_pitch;
    int32_t output_lines, output_length, output_line_pitch, output_pitch;
    int32_t line_stride, stride; /* across lines, and along a line */
    int32_t pad_lines, pad;
    int32_t window_lines, line_dilation; /* more than 1 only with one phase */
    int32_t phases, steps;
    int32_t band;        /* output lines whose input lines the tile holds */
    int32_t phase_pitch; /* words of a phase of a tile line: two codes each */
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int32_t *weights;
    const int32_t *requant;
} tc_depthwise_conv2d_lines_dsp_params;

/*
 * At least four channels. scratch: two words for each step of the window, an even number of steps; and four planes of
 * (band - 1) * line_stride + (window_lines - 1) * line_dilation + 1 lines.
 */
void tc_depthwise_conv2d_lines_dsp(const tc_depthwise_conv2d_lines_dsp_params *p, const int8_t *input, int8_t *output,
                                   int32_t *scratch);

#endif
