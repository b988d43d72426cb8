/*
 * Inner block of the convolutions whose weights are fields of 4, 2 or 1 bits: four pixels by pairs of output channels.
 *
 * As tc_multiply_4x2_dsp.h, but a weight w is stored as the field f = w + offset >= 0 (offset 8, 2 or 1, 1; one bit: f / 2):
 * a word under a mask is the pairs 256 f1 + f0 and 256 f3 + f2 of tc_dsp.h at once. What the offset adds to a sum is
 * the same for all channels of a pixel; it comes off where the sum starts.
 *
 *   weights      [pair][words]: byte i of a word has the fields of code i of a unit, of both channels, of 1, 2 or 4
 *                units. The loop enters between units: before the first, (-units) mod (units of a word) are left out.
 *                2 bits: before them a word with the offsets of both channels, a byte each; corrections are for 1
 *   corrections  int32 for pixels 1, 2, 3, 0: -256 * offset * sum of the pixel's codes
 */
#ifndef TC_MULTIPLY_4X2_FIELDS_DSP_H
#define TC_MULTIPLY_4X2_FIELDS_DSP_H

#include "tc_types.h"

typedef const int32_t *tc_multiply_4x2_fields(const int32_t *patch, const int32_t *weights, const int32_t *requant,
                                              int8_t *output, int32_t pitch, int32_t rounder, int32_t units,
                                              const int32_t *end, const int32_t *corrections);

/* The corrections of four pixels for an offset. */
void tc_patch_corrections_dsp(const int32_t *patch, int32_t units, int32_t offset, int32_t *corrections);

#endif
