/* Inner block of the convolutions without DSP: two pixels by two output channels. See tc_multiply_2x2_thumb.c. */
#ifndef TC_MULTIPLY_2X2_THUMB_H
#define TC_MULTIPLY_2X2_THUMB_H

#include "tc_types.h"

/*
 * Dot products of two pixels' windows with the weights of two channels.
 *
 *   patch    int32 [units][2 taps]: code of pixel 0 + code of pixel 1 * 2^16
 *   weights  int32 [units], bytes {channel 0 tap 0, channel 1 tap 0, channel 1 tap 1, channel 0 tap 1}, none -128
 *   sums     int32 [2 channels][2 pixels]
 *
 * At least one unit.
 */
void tc_multiply_2x2_thumb(const int32_t *patch, const int32_t *weights, int32_t units, int32_t *sums);

#endif
