/*
 * linear on the DSP extension with packed weights that are looked up, listed, or have factors.
 *
 *   kernel          weights                     values         counts
 *   s4_group        tc_multiply_1x4_s4_group_dsp.h
 *   s8_cb4          tc_multiply_1x4_cb4_dsp.h   codebook [16]
 *   s8_nm_1of4      tc_multiply_1x4_nm_asm.h
 *   s8_nm_2of4      tc_multiply_1x4_nm_asm.h
 *   s8_csr          tc_multiply_listed_dsp.h                   fours of weights of each channel
 *   s8_csr_nibbles  tc_multiply_listed_dsp.h                   the same, then the distances
 */
#ifndef TC_LINEAR_STORED_DSP_H
#define TC_LINEAR_STORED_DSP_H

#include "tc_dsp.h"
#include "tc_multiply_1x4_stored_dsp.h"

typedef struct {
    int32_t rows;
    int32_t input_c, output_c;
    int32_t output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int32_t *weights;
    const int32_t *requant; /* [output_c rounded up to fours][2] */
    const int8_t *values;
    const uint16_t *counts;
    int32_t group; /* weights that share a factor */
} tc_linear_stored_dsp_params;

/* All channels of a row; codes, table, count and group of the work are set. ``multiply`` is a literal: a direct call. */
TC_INLINE void tc_linear_stored_row_dsp(const tc_linear_stored_dsp_params *p, int8_t *output,
                                        tc_multiply_1x4_stored *work, tc_multiply_1x4_stored_block *multiply)
{
    const int32_t whole = p->output_c & ~3;
    work->weights = p->weights;
    work->requant = p->requant;
    work->output = output;
    work->rounder = 2 * p->output_zero_point + 1;
    work->end = p->requant + 2 * whole;
    if (whole > 0) {
        multiply(work);
    }
    if (whole < p->output_c) {
        int8_t four[4];
        work->output = four;
        work->end += 8;
        multiply(work);
        memcpy(output + whole, four, (size_t)(p->output_c - whole));
    }
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, p->output_c, p->clamp_min, p->clamp_max);
    }
}

#endif
