/*
 * conv2d on the DSP extension, line by line: what its kernels share (compiled once, tc_conv2d_lines_dsp.c).
 *
 * An output line is cut into four lanes of ``blocks`` pixels, ``lane_pixels`` apart; pixel i of each lane makes a block of
 * tc_multiply_4x2_dsp. The input lines of the windows are kept expanded to pairs of int16, the lanes interleaved, so that
 * neighbouring windows of a lane share what they read, and a line that the next windows need again moves up.
 *
 *   lines    [position][kernel line][unit][2][4 lanes] words, so that a window is one piece. A position is a column of the
 *            input, or the whole run of a window in a line where that makes fewer units
 *   weights  int32 [output channel pair][column of the window, or all of them][kernel line][unit][2 channels]
 *   requant  int32 [output channel pair][2 channels][2]; a channel that is added to make a pair is zero
 */
#ifndef TC_CONV2D_LINES_DSP_H
#define TC_CONV2D_LINES_DSP_H

#include "tc_types.h"

typedef struct {
    int32_t input_h, input_line_codes;
    int32_t output_h, output_w, output_c;
    int32_t kernel_h, stride_h, pad_top;
    int32_t blocks, lane_pixels;
    int32_t lane_codes;                      /* of the input, from lane to lane */
    int32_t positions, position_step;        /* of a lane's line; codes from one to the next */
    int32_t position_codes, position_units;  /* codes that are read in a line, and their units */
    int32_t pad_codes;                       /* left of the line */
    int32_t block_units, units;              /* from block to block; of a window */
    int32_t chunk;                           /* channels that are computed for all pixels before the next ones */
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int32_t *weights;
    const int32_t *requant;
} tc_conv2d_lines_dsp_params;

/*
 * lines: room for 8 * positions * kernel_h * position_units words. copy: room for a chunk's requant and
 * weights, for RAM is faster than flash; or NULL.
 */
void tc_conv2d_lines_dsp(const tc_conv2d_lines_dsp_params *p, const int8_t *input, int8_t *output, int32_t *lines,
                         int32_t *copy);

#endif
