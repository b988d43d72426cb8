/*
 * Products of windows with weights stored without their zeros: sixteen output channels at a time are written to the int8
 * weights of tc_multiply_neon.h, whose tiles all windows then go through. Runs are multiples of eight codes.
 *
 * Channel after channel, what Storage.encode makes (toolchain/ir/storage.py):
 *   values  int8, those that are kept
 *   counts  uint16 [channels], entries; an entry is `width` values, four in blocks of 1x4, else one
 *   index   of lists: `bits` bits an entry, 8 or 4 (the low half of a byte first, channels in whole bytes): entries that
 *           lie between it and the one before it
 *           of N:M, `kept` of `group`: `bits` bits a value, its place in the group, the highest bits of 32-bit words first,
 *           channels in whole words
 */
#ifndef TC_LISTS_NEON_H
#define TC_LISTS_NEON_H

#include "tc_multiply_neon.h"

typedef struct {
    const int8_t *values;
    const uint8_t *index;
    const uint16_t *counts;
    int32_t width, bits;
    int32_t kept, group; /* 0: a list */
} tc_lists_neon;

/* As tc_multiply_neon, but for the product's weights. unpacked: 16 bytes for each code of a window. */
void tc_multiply_lists_neon(const tc_product_neon *p, tc_lists_neon lists, const int8_t *input, int8_t *output,
                            int8_t *unpacked);

#endif
