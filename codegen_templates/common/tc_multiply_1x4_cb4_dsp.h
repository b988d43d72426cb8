/* Inner block of the linear kernel whose weights come from a codebook of 16. See tc_multiply_1x4_cb4_dsp.c. */
#ifndef TC_MULTIPLY_1X4_CB4_DSP_H
#define TC_MULTIPLY_1X4_CB4_DSP_H

#include "tc_multiply_1x4_stored_dsp.h"

/*
 *   codes    int8 [count], at any address, at least four
 *   weights  for four codes x0 .. x3 a byte of each channel with the indices for x0 and x2, then with those for x1 and x3:
 *            [four channels][ceil(count / 4)][2][4], the index of the earlier code in the lower bits
 *   table    256 pairs of weights: tc_fill_pairs_dsp
 */
void tc_multiply_1x4_cb4_dsp(tc_multiply_1x4_stored *work);

/* table[16 * i + j] = codes[j], codes[i] as a pair of int16. */
void tc_fill_pairs_dsp(const int8_t *codes, int32_t *table);

#endif
