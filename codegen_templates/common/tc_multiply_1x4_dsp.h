/* Inner block of the linear kernel: one row by four output channels. See tc_multiply_1x4_dsp.c. */
#ifndef TC_MULTIPLY_1X4_DSP_H
#define TC_MULTIPLY_1X4_DSP_H

#include "tc_types.h"

/*
 * For each four output channels: the dot products of the codes with their weights, requantised and written to
 * output[0 .. 3]; the next four follow.
 *
 *   codes    int8 [count], at any address
 *   weights  int32 [four channels][ceil(count / 8)][2][4], see tc_multiply_1x4_dsp.c. When count is not a multiple of
 *            eight the last eight belong to the last eight codes, with zeros for those that the eight before have
 *   requant  int32 [four channels][8] up to end (tc_dsp.h, plain sums); rounder = 2 * zero point + 1
 *
 * At least four channels and eight codes.
 */
void tc_multiply_1x4_dsp(const int8_t *codes, const int32_t *weights, const int32_t *requant, int8_t *output,
                         int32_t rounder, int32_t count, const int32_t *end);

#endif
