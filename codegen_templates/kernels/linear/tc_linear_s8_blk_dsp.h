/*
 * linear, blocks of 1x4 weights, DSP extension.
 *
 *   weights  int32, a word for each block (tc_dsp.h)
 *   requant  int32 [output_c][2]
 *   counts   blocks of each output channel; index: blocks that are left out before a block, and a byte
 *            that is read behind them
 */
#ifndef TC_LINEAR_S8_BLK_DSP_H
#define TC_LINEAR_S8_BLK_DSP_H

#include "tc_types.h"

typedef struct {
    int32_t rows;
    int32_t input_c, output_c;
    int32_t output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int32_t *weights;
    const int32_t *requant;
    const uint16_t *counts;
    const uint8_t *index;
} tc_linear_blk_dsp_params;

/* Inputs a multiple of four. */
void tc_linear_s8_blk_dsp(const tc_linear_blk_dsp_params *p, const int8_t *input, int8_t *output);

#endif
