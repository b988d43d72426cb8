/*
 * Parameters of the convolutions and linear layers whose weights lie packed in flash. A linear layer is a 1x1
 * convolution of a column of rows.
 *
 * A row is all weights of an output channel in the order of a window's codes, [kernel_h][kernel_w][input_c]. Fields of
 * fewer than 8 bits lie in words, the first in the highest bits, each row in whole words.
 *
 *   storage  weights                   values                  counts   index
 *   s4       4-bit fields              units, or none                             group: weights that share a unit
 *   s2       2-bit fields              units, or none
 *   b1       1-bit fields, set for -1  units, or none                             group: least code that is 1, where
 *                                                                                of an input only the sign counts
 *   cb4      4-bit indices             codebook [1 or output_c][16]               group: 1 for a codebook a channel
 *   nm       indices, 2 or 4 bits      kept of each group                         group, kept
 *   blk                                4 a block               blocks   distances
 *   csr                                1 an entry              entries  distances group: bits of a distance
 *
 * A unit multiplies the sum over the weights that share it. A distance counts the blocks or weights that are left out
 * before this one; two of 4 bits share a byte, the lower first, each row in whole bytes.
 */
#ifndef TC_STORED_H
#define TC_STORED_H

#include "tc_numerics.h"

typedef struct {
    int32_t input_h, input_w, input_c;
    int32_t output_h, output_w, output_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    int32_t count; /* weights of a row */
    int32_t group, kept;
    const int32_t *bias; /* with the input's zero point folded in: sums are over raw codes */
    const int32_t *multiplier;
    const int8_t *exponent;
    const int32_t *weights;
    const int8_t *values;
    const uint16_t *counts;
    const uint8_t *index;
} tc_stored_params;

/* Output code of a channel for the sum of its products. */
TC_INLINE int8_t tc_stored_output(const tc_stored_params *p, int32_t channel, int32_t sum)
{
    const int32_t q = tc_requantize(sum + p->bias[channel], p->multiplier[channel], p->exponent[channel]);
    return (int8_t)tc_clamp(q + p->output_zero_point, p->clamp_min, p->clamp_max);
}

#endif
