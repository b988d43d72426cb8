/* Inner block of the linear kernel for wide layers: one row by eight output channels. See tc_multiply_1x8_dsp.c. */
#ifndef TC_MULTIPLY_1X8_DSP_H
#define TC_MULTIPLY_1X8_DSP_H

#include "tc_types.h"

/*
 * For each eight output channels: the dot products of the codes with their weights, requantised and written to
 * output[0 .. 7]; the next eight follow.
 *
 *   codes    int8 [count], at any address
 *   weights  int32 [eight channels][ceil(count / 4)][2][4], see tc_multiply_1x8_dsp.c. When count is not a multiple of
 *            four the last four belong to the last four codes, with zeros for those that the four before have
 *   requant  int32 [eight channels][16] up to end (tc_dsp.h, plain sums); rounder = 2 * zero point + 1
 *
 * At least eight channels and four codes.
 */
void tc_multiply_1x8_dsp(const int8_t *codes, const int32_t *weights, const int32_t *requant, int8_t *output,
                         int32_t rounder, int32_t count, const int32_t *end);

#endif
