/* Inner block of the linear kernel without DSP: one row by four output channels. See tc_multiply_1x4_thumb.c. */
#ifndef TC_MULTIPLY_1X4_THUMB_H
#define TC_MULTIPLY_1X4_THUMB_H

#include "tc_types.h"

/*
 * Dot products of ``count`` codes with the weights of four channels, which lie ``pitch`` bytes apart.
 *
 *   sums     int32 [4 channels]
 *
 * At least one code.
 */
void tc_multiply_1x4_thumb(const int8_t *codes, const int8_t *weights, int32_t count, int32_t pitch, int32_t *sums);

#endif
