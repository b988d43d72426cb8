/*
 * Convolutions on cores without the DSP extension, packed or sparse weights: two output pixels share each weight.
 *
 *   patch        int32 [count]: code of pixel 0 + code of pixel 1 * 2^16
 *   bias         (bias << 8) | (shift - 1), with the input's zero point folded in (tc_thumb.h)
 *   multiplier   multiplier; there is no exponent
 *
 * One multiplication makes both products (tc_multiply_2x2_thumb.c): as long as the lower half of a sum t of them stays
 * within 16 bits, (t + 2^15) >> 16 is the sum of pixel 1.
 */
#ifndef TC_STORED_PAIRS_THUMB_H
#define TC_STORED_PAIRS_THUMB_H

#include "tc_stored.h"
#include "tc_thumb.h"

/* ``both``: sum of pixel 0 + sum of pixel 1 * 2^16, modulo 2^32. */
typedef struct {
    uint32_t both;
    int32_t second;
} tc_pair_sums;

/* Adds a sum of products whose lower half is within 16 bits. */
TC_INLINE void tc_pair_add(tc_pair_sums *to, int32_t t)
{
    to->both += (uint32_t)t;
    to->second += (t + 0x8000) >> 16;
}

/* Sum of pixel 0. */
TC_INLINE int32_t tc_pair_first(const tc_pair_sums *sums)
{
    return (int32_t)(sums->both - ((uint32_t)sums->second << 16));
}

/* Multiplies and writes all channels of two pixels, ``pitch`` apart. */
typedef void tc_multiply_pair(const tc_stored_params *p, const int32_t *patch, int8_t *output, int32_t pitch);

/* Expands the windows of the pixels a and b into patch, and a window behind it. */
void tc_stored_pairs_expand(const tc_stored_params *p, const int8_t *input, int32_t a, int32_t b, int32_t *patch);

/* Requantises and writes a channel of two pixels. */
void tc_stored_pairs_output(const tc_stored_params *p, int32_t channel, int32_t sum0, int32_t sum1, int8_t *output,
                            int32_t pitch);

/* The loop over the pixels; ``multiply`` is a literal: a direct call. scratch: 5 * count bytes. */
TC_INLINE void tc_stored_pairs(const tc_stored_params *p, const int8_t *input, int8_t *output, int32_t *scratch,
                               tc_multiply_pair *multiply)
{
    const int32_t pixels = p->output_h * p->output_w;
    for (int32_t pixel = 0; pixel < pixels; pixel += 2) {
        /* the last pixel, when it is alone, is computed twice */
        const int32_t step = pixel + 1 < pixels ? 1 : 0;
        tc_stored_pairs_expand(p, input, pixel, pixel + step, scratch);
        multiply(p, scratch, output + (ptrdiff_t)pixel * p->output_c, step * p->output_c);
    }
}

#endif
