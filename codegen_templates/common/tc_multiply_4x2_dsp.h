/* Inner block of the convolutions: four pixels by pairs of output channels. See tc_multiply_4x2_dsp.c. */
#ifndef TC_MULTIPLY_4X2_DSP_H
#define TC_MULTIPLY_4X2_DSP_H

#include "tc_types.h"

/* 12 words; the assembly knows their order. */
typedef struct {
    const int32_t *weights; /* [pair][units][2 channels] */
    int32_t units;          /* of a window: four codes each */
    const int32_t
        *patch;   /* of the first block: [units][2][4 pixels], the two pairs of int16 of four codes (tc_dsp.h) */
    const int32_t *requant; /* [pair][2 channels][2] up to end, for doubled sums (tc_dsp.h) */
    const int32_t *end;
    int8_t *output; /* of the first pixel of the first block; those of the others lie pitch bytes apart */
    int32_t pitch;
    int32_t rounder; /* 2 * zero point + 1 */
    int32_t blocks;  /* of four pixels */
    int32_t patch_step, output_step; /* bytes from block to block */
    int32_t *copy; /* room for a pair's weights, which all blocks then read from RAM; or NULL */
} tc_multiply_4x2;

/*
 * For each pair of output channels and each block: the dot products of the four patch columns with the pair's weights,
 * requantised and written to output[pixel * pitch] and output[pixel * pitch + 1]; the next pair follows at output + 2.
 *
 * Returns the weights behind the last pair. At least one pair, one block and one unit.
 */
const int32_t *tc_multiply_4x2_dsp(const tc_multiply_4x2 *work);

#endif
