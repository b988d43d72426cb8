/* Inner block of the convolutions: four pixels by pairs of output channels. See tc_multiply_4x2_dsp.c. */
#ifndef TC_MULTIPLY_4X2_DSP_H
#define TC_MULTIPLY_4X2_DSP_H

#include "tc_types.h"

/* 10 words; the assembly knows their order. */
typedef struct {
    const int32_t *weights; /* [pair][lines][units][2 channels] */
    int32_t gap;            /* bytes from the end of a patch line to the next one */
    int32_t units, lines;   /* of a window: units of a line, and lines */
    const int32_t *patch;   /* lines of [units][2][4 pixels] words: the two pairs of int16 of four codes (tc_dsp.h) */
    const int32_t *requant; /* [pair][2 channels][2] up to end, for doubled sums (tc_dsp.h) */
    int8_t *output;         /* of the first pixel; those of the others lie pitch bytes apart */
    int32_t pitch;
    int32_t rounder; /* 2 * zero point + 1 */
    const int32_t *end;
} tc_multiply_4x2;

/*
 * For each pair of output channels: the dot products of the four patch columns with its weights, requantised and written
 * to output[pixel * pitch] and output[pixel * pitch + 1]; the next pair follows at output + 2.
 *
 * Returns the weights behind the last pair. At least one pair, one line and one unit.
 */
const int32_t *tc_multiply_4x2_dsp(const tc_multiply_4x2 *work);

#endif
