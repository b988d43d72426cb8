/* Inner block of the linear kernels: one row by four output channels. See tc_multiply_1x4_dsp.c. */
#ifndef TC_MULTIPLY_1X4_DSP_H
#define TC_MULTIPLY_1X4_DSP_H

#include "tc_types.h"

/*
 * For each four output channels: the dot products of the codes with their weights, requantised and written to
 * output[0 .. 3]; the next four follow.
 *
 *   codes    int8 [count], at any address
 *   weights  int32 [four channels][ceil(count / 4)][4], as tc_dsp.h has them. When count is not a multiple of four the
 *            last word of each channel belongs to the last four codes, with zeros for those that the word before it has
 *   requant  int32 [four channels][8] up to end (tc_dsp.h); rounder = 2 * zero point + 1
 *
 * At least four channels and four codes.
 */
void tc_multiply_1x4_dsp(const int8_t *codes, const int32_t *weights, const int32_t *requant, int8_t *output,
                         int32_t rounder, int32_t count, const int32_t *end);

#endif
