/* Inner loops of the 3x3 depthwise kernels: lines of one channel's plane. See tc_depthwise_lines_dsp.c. */
#ifndef TC_DEPTHWISE_LINES_DSP_H
#define TC_DEPTHWISE_LINES_DSP_H

#include "tc_types.h"

/* 18 words; the assembly knows their offsets. */
typedef struct {
    int32_t word0, word1, offset; /* requantisation, tc_dsp.h */
    int32_t weights[6];           /* of each line: pairs (w0, w1) and (w1, w2) */
    int32_t left;                 /* outputs left in the line; set by the loop */
    const int32_t *tile;          /* pairs of int16 codes; lines line_bytes apart */
    int32_t line_bytes, step_bytes; /* step: from one output line to the next */
    int32_t lines;
    int8_t *output;
    int32_t output_line_pitch;
    int32_t length; /* outputs of a line */
    int32_t output_pitch;
} tc_depthwise_lines;

/* Stride 1 along the line: a tile line holds 4 * ceil(length / 4) + 2 codes. */
void tc_depthwise_lines_3x3_dsp(const tc_depthwise_lines *work);

/* Stride 2 along the line: 8 * ceil(length / 4) + 2 codes. */
void tc_depthwise_lines_3x3_stride2_dsp(const tc_depthwise_lines *work);

#endif
