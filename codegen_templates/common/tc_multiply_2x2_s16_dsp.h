/*
 * Inner block of the kernels for int16 activations: two rows of codes by two rows of int8 weights. Pairs of codes are
 * operands of SMLAD as they lie; a word holds the weights w0 w2 w1 w3, so that each SXTB16 gives a pair.
 */
#ifndef TC_MULTIPLY_2X2_S16_DSP_H
#define TC_MULTIPLY_2X2_S16_DSP_H

#include "tc_dsp.h"

/*
 * sums[2 * row + channel] += the dot product of 4 * fours codes, at least one four.
 *
 *   x0, x1   int16, 4-byte aligned
 *   weights  int32 [fours][2 channels]
 */
void tc_multiply_2x2_s16_dsp(const int16_t *x0, const int16_t *x1, const int32_t *weights, int32_t fours,
                             int32_t *sums);

/* The same for one row: sums[channel]. */
TC_INLINE void tc_multiply_1x2_s16_dsp(const int16_t *x, const int32_t *weights, int32_t fours, int32_t *sums)
{
    int32_t first = sums[0], second = sums[1];
    for (const int32_t *codes = (const int32_t *)(const void *)x, *end = codes + 2 * fours; codes != end;
         codes += 2, weights += 2) {
        const int32_t low = codes[0], high = codes[1], w0 = weights[0], w1 = weights[1];
        first = tc_smlad(tc_odd_codes(w0), high, tc_smlad(tc_even_codes(w0), low, first));
        second = tc_smlad(tc_odd_codes(w1), high, tc_smlad(tc_even_codes(w1), low, second));
    }
    sums[0] = first;
    sums[1] = second;
}

/* The upper word of sum * multiplier, rounded, within the clamp. */
TC_INLINE int16_t tc_output_s16_dsp(int32_t sum, int32_t multiplier, int32_t low, int32_t high)
{
    int32_t y;
    __asm__("smmulr %0, %1, %2" : "=r"(y) : "r"(sum), "r"(multiplier));
    return (int16_t)(y < low ? low : (y > high ? high : y));
}

#endif
