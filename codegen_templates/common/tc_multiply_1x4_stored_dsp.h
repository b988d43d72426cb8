/*
 * Inner blocks of the linear kernels that look up weights or inputs, or whose weights have factors: one row by four
 * output channels, then the next four. Each block says what codes, weights, table and count are.
 */
#ifndef TC_MULTIPLY_1X4_STORED_DSP_H
#define TC_MULTIPLY_1X4_STORED_DSP_H

#include "tc_types.h"

/* Requantisation words up to ``end`` (tc_dsp.h), output codes; rounder = 2 * zero point + 1. */
typedef struct {
    const int8_t *codes;
    const int32_t *weights; /* these three move on */
    const int32_t *requant;
    int8_t *output;
    int32_t rounder;
    const int32_t *end;
    const int32_t *table;
    int32_t count;
} tc_multiply_1x4_stored;

typedef void tc_multiply_1x4_stored_block(tc_multiply_1x4_stored *work);

#endif
