/*
 * Inner block of the linear kernels whose weights are fields of 4, 2 or 1 bits: one row by four output channels.
 *
 * As tc_multiply_1x4_dsp.h, with fields as tc_multiply_4x2_fields_dsp.h has them: byte i of a word belongs to code i of
 * four.
 *
 *   weights     4 bits: two words for four codes of four channels, the first for channels 0 and 1; 2 bits: one word,
 *               and before the first one with the offsets of the four channels, a byte each; the correction is for 1.
 *               1 bit: one word for four codes, then for the next four; (count / 4) mod 2 fours are left out before the
 *               first, and codes beyond a multiple of four have a word of their own
 *   correction  -256 * offset * sum of the row's codes
 */
#ifndef TC_MULTIPLY_1X4_FIELDS_DSP_H
#define TC_MULTIPLY_1X4_FIELDS_DSP_H

#include "tc_types.h"

/* Returns the weights behind the last four channels. */
typedef const int32_t *tc_multiply_1x4_fields(const int8_t *codes, const int32_t *weights, const int32_t *requant,
                                              int8_t *output, int32_t rounder, int32_t count, const int32_t *end,
                                              int32_t correction);

/* The correction of a row for an offset. */
int32_t tc_row_correction_dsp(const int8_t *codes, int32_t count, int32_t offset);

#endif
