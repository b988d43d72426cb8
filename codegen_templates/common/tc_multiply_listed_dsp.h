/* Inner blocks of the linear kernels whose weights are listed: one row by all output channels, one after the other. */
#ifndef TC_MULTIPLY_LISTED_DSP_H
#define TC_MULTIPLY_LISTED_DSP_H

#include "tc_types.h"

/*
 * Each weight belongs to the code so many behind that of the weight before it as its distance says, and one more.
 *
 *   codes      int8, at any address
 *   counts     fours of weights of each channel
 *   weights    bytes: int32 [fours][2], four distances and four weights, a byte each; a word behind the last is read
 *              nibbles: int32 [fours], four weights
 *   distances  nibbles: uint16 [fours + 1], of the first weight in bits 0 to 3, the second 8 to 11, the third 4 to 7, the
 *              fourth 12 to 15; the one behind the last is read
 *   blocks     of four weights: counts are those of blocks, a word each (tc_dsp.h), and of the distances uint8; the one
 *              behind the last is read
 *   requant    int32 [channels][2] up to end (tc_dsp.h; plain sums, but those of blocks); rounder = 2 * zero point + 1
 */
typedef struct {
    const int8_t *codes;
    const uint16_t *counts;
    int8_t *output;
    int32_t rounder;
    const int32_t *end;
    const int32_t *weights;
    const void *distances;
    const int32_t *requant;
} tc_multiply_listed;

#endif
