/*
 * Products of windows with weights of 1, 2 or 4 bits: sixteen output channels at a time are unpacked to the int8
 * weights of tc_multiply_neon.h, whose tiles all windows then go through.
 *
 *   weights  words of 16 bytes, each field an index into the table; the int8 weights 16 * i to 16 * i + 15 of a word are
 *            the bits `bits` * i and up of its bytes. Eight channels fill whole words, unused fields are 0.
 *   table    int8 [16]
 *   factors  int8 [channels / 8][lots][8]: of each channel, for `lot` words; 0 where there is no channel
 */
#ifndef TC_FIELDS_NEON_H
#define TC_FIELDS_NEON_H

#include "tc_multiply_neon.h"

typedef struct {
    const int8_t *weights, *table, *factors;
    int32_t bits, lot;
} tc_fields_neon;

/* As tc_multiply_neon, but for the product's weights. unpacked: 16 bytes for each code of a window, and 64. */
void tc_multiply_fields_neon(const tc_product_neon *p, const tc_fields_neon *fields, const int8_t *input,
                             int8_t *output, int8_t *unpacked);

#endif
