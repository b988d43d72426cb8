/* Inner block of the convolutions: four pixels by pairs of output channels. See tc_multiply_4x2_dsp.c. */
#ifndef TC_MULTIPLY_4X2_DSP_H
#define TC_MULTIPLY_4X2_DSP_H

#include "tc_types.h"

/*
 * For each pair of output channels: the dot products of the four patch columns with its weights, requantised and written
 * to output[pixel * pitch] and output[pixel * pitch + 1]; the next pair follows at output + 2.
 *
 *   patch    [units][2][4 pixels] words: the two pairs of int16 of four codes (tc_dsp.h)
 *   weights  int32 [pair][units][2 channels]
 *   requant  int32 [pair][2 channels][2] up to end; rounder = 2 * zero point + 1
 *
 * Returns the weights behind the last pair. At least one pair and one unit.
 */
const int32_t *tc_multiply_4x2_dsp(const int32_t *patch, const int32_t *weights, const int32_t *requant, int8_t *output,
                                   int32_t pitch, int32_t rounder, int32_t units, const int32_t *end);

#endif
