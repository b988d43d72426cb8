/* Inner loops of the 3x3 depthwise kernels: lines of one channel's plane. See tc_depthwise_lines_dsp.c. */
#ifndef TC_DEPTHWISE_LINES_DSP_H
#define TC_DEPTHWISE_LINES_DSP_H

#include "tc_types.h"

/* 19 words; the assembly knows their offsets. Sums are twice the accumulators. */
typedef struct {
    int32_t word0, multiplier, offset; /* requantisation, tc_dsp.h */
    int32_t bias;                      /* twice, where sums start */
    int32_t weights[6];                /* of each line: pairs (w0, w1) and (w1, w2), doubled */
    int32_t output_pitch;
    int32_t last;        /* outputs of the last block of a line: 1 to 4 */
    int32_t block_bytes; /* of a tile line, that all its blocks take */
    int32_t line_bytes, step_bytes; /* of the tile; step: from one output line to the next */
    int32_t output_line_pitch;
    const int32_t *tile; /* pairs of int16 codes; lines line_bytes apart */
    int8_t *output;
    int32_t lines;
} tc_depthwise_lines;

/* Stride 1 along the line: a tile line holds 4 * ceil(length / 4) + 2 codes. */
void tc_depthwise_lines_3x3_dsp(const tc_depthwise_lines *work);

/* Stride 2 along the line: 8 * ceil(length / 4) + 2 codes. */
void tc_depthwise_lines_3x3_stride2_dsp(const tc_depthwise_lines *work);

#endif
