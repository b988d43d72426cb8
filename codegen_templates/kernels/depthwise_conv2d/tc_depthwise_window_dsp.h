/* Inner loop of the depthwise kernels of any window: lines of one channel's plane. See tc_depthwise_window_dsp.c. */
#ifndef TC_DEPTHWISE_WINDOW_DSP_H
#define TC_DEPTHWISE_WINDOW_DSP_H

#include "tc_types.h"

/* The record of tc_depthwise_lines_dsp.h for a window of segments: its lines, or every stride-th tap of them. */
typedef struct {
    int32_t word0, multiplier, offset, bias;
    const int32_t *weights; /* [segment][step][2]: pairs (w0, w1) and (w-1, w0) of taps; less skipped * 8 bytes */
    int32_t skipped_bytes;  /* 32 for each step that a segment has less than eight */
    int32_t weight_bytes;   /* of a segment */
    int32_t segment_bytes;  /* from one segment of the tile to the next */
    int32_t window_bytes;   /* segments * segment_bytes */
    int32_t unused;
    int32_t output_pitch, last, block_bytes, line_bytes, step_bytes, output_line_pitch;
    const int32_t *tile; /* less skipped * 4 bytes */
    int8_t *output;
    int32_t lines;
} tc_depthwise_window;

/* A segment of s steps reads 4 * ceil(length / 4) + 2 * s - 2 codes. */
void tc_depthwise_window_dsp(const tc_depthwise_window *work);

#endif
