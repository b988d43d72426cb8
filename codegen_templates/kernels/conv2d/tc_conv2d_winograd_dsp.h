/*
 * conv2d on the DSP extension: exact Winograd convolution F(4, 3) along rows, for windows three wide and stride 1.
 *
 * A tile is six neighbours of a row, from which four outputs follow with six products a channel and window line in place
 * of twelve. With G 24 times as large all is integer and fits int16: weights 24 G g (|.| <= 24 * 127), tiles
 * B' d (|.| <= 10 * 128), and A' of the sums is exactly 24 times the accumulators.
 * Source: A. Lavin, S. Gray, Fast Algorithms for Convolutional Neural Networks, 2015, section 4.1; points 0, 1, -1, 2,
 * -2, infinity.
 *
 * Four tiles are computed together, a block: of one output row, or of two or four rows where those are narrow. Tiles and
 * rows that are too many overlap those before them. Block after block goes through all rows; the transformed rows of its
 * windows are kept, and those that the next windows need again move up.
 *
 *   weights  int32 [output channel pair][6 points][kernel_h][input_c / 2][2 channels]: pairs of int16, of the input
 *            channels 0 and 2, 1 and 3 of each four
 *   requant  int32 [output_c][3]: 24 * bias, shift - 1, multiplier (tc_dsp.h)
 */
#ifndef TC_CONV2D_WINOGRAD_DSP_H
#define TC_CONV2D_WINOGRAD_DSP_H

#include "tc_types.h"

typedef struct {
    int32_t input_h, input_w, input_c; /* input_c: a multiple of four */
    int32_t output_h, output_w, output_c;
    int32_t kernel_h, pad_top, pad_left;
    int32_t block_rows; /* output rows of four tiles: 1, 2 or 4 */
    int32_t blocks;     /* of such rows */
    int32_t chunk;      /* channels that are computed for all pixels before the next ones: even */
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int32_t *weights;
    const int32_t *requant;
} tc_conv2d_winograd_dsp_params;

/*
 * scratch: room for 48 + 12 * kernel_h * input_c words and 6 * input_c codes. copy: room for a chunk's weights,
 * for RAM is faster than flash; or NULL.
 */
void tc_conv2d_winograd_dsp(const tc_conv2d_winograd_dsp_params *p, const int8_t *input, int8_t *output,
                            int32_t *scratch, int32_t *copy);

#endif
