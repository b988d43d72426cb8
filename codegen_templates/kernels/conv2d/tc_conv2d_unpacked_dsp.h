/*
 * conv2d on the DSP extension with packed weights: two output channels at a time are unpacked to weight words as
 * tc_multiply_4x2_dsp.h has them, and multiplied with the windows of ``blocks`` times four pixels.
 *
 *   weights  the fields of Storage.encode, each channel in whole words, the first in the highest bits
 *   values   codebook [16]; units, one for each ``group`` fields of a channel (group 0: one a channel); or the kept weights
 *   kept     of each four weights that are kept, 1 or 2
 *   scratch  blocks windows of four pixels [8 * units] words, a pair of channels [units][2] words, 256 int16
 */
#ifndef TC_CONV2D_UNPACKED_DSP_H
#define TC_CONV2D_UNPACKED_DSP_H

#include "tc_conv2d_dsp.h"
#include "tc_dsp.h"
#include "tc_multiply_4x2_dsp.h"

typedef struct {
    int32_t input_h, input_w, input_c;
    int32_t output_h, output_w, output_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t groups;
    int32_t run, run_taps; /* codes and taps of a run */
    int32_t units; /* of a window */
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int32_t *weights;
    const int32_t *requant;
    const int8_t *values;
    int32_t blocks, group, kept;
} tc_conv2d_unpacked_dsp_params;

/* Unpacks a channel to every second word of ``to``; ``table`` is the one in the scratch memory. */
typedef void tc_unpack(const tc_conv2d_unpacked_dsp_params *p, int32_t channel, const int16_t *table, int32_t *to);

/* Where the table is. */
int16_t *tc_conv2d_unpacked_table_dsp(const tc_conv2d_unpacked_dsp_params *p, void *scratch);

/* table[16 * i + j] = codes[i] + 256 * codes[j]: two weights as half a word, for the byte with their fields. */
void tc_conv2d_unpacked_fill_dsp(const int8_t *codes, int16_t *table);

/* An even number of channels, runs of whole fours, at least four pixels. */
void tc_conv2d_unpacked_dsp(const tc_conv2d_unpacked_dsp_params *p, const int8_t *input, int8_t *output, void *scratch,
                            tc_unpack *unpack);

#endif
