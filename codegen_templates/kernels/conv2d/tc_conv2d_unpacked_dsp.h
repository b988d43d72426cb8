/*
 * conv2d on the DSP extension with packed weights: two output channels at a time are unpacked to weight words as
 * tc_multiply_4x2_dsp.h has them, and multiplied with the windows of ``blocks`` times four pixels.
 *
 *   weights  the fields of Storage.encode, each channel in whole words, the first in the highest bits
 *   values   codebook [16]; units, one for each ``group`` fields of a channel (group 0: one a channel); or the kept weights
 *   kept     of each four weights that are kept, 1 or 2
 *   scratch  blocks windows of four pixels [8 * units] words, a pair of channels [units][2] words, 256 int16
 */
#ifndef TC_CONV2D_UNPACKED_DSP_H
#define TC_CONV2D_UNPACKED_DSP_H

#include "tc_conv2d_dsp.h"
#include "tc_dsp.h"
#include "tc_multiply_4x2_dsp.h"

typedef struct {
    int32_t input_h, input_w, input_c;
    int32_t output_h, output_w, output_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t groups;
    int32_t run, run_taps; /* codes and taps of a run */
    int32_t units; /* of a window */
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int32_t *weights;
    const int32_t *requant;
    const int8_t *values;
    int32_t blocks, group, kept;
} tc_conv2d_unpacked_dsp_params;

/* Unpacks a channel to every second word of ``to``; ``table`` is the one in the scratch memory. */
typedef void tc_unpack(const tc_conv2d_unpacked_dsp_params *p, int32_t channel, const int16_t *table, int32_t *to);

/* Where the table is. */
int16_t *tc_conv2d_unpacked_table_dsp(const tc_conv2d_unpacked_dsp_params *p, void *scratch);

/* table[16 * i + j] = codes[i] + 256 * codes[j]: two weights as half a word, for the byte with their fields. */
void tc_conv2d_unpacked_fill_dsp(const int8_t *codes, int16_t *table);

/* The fields that tc_conv2d_expand_dsp reads. */
TC_INLINE tc_conv2d_dsp_params tc_conv2d_unpacked_geometry_dsp(const tc_conv2d_unpacked_dsp_params *p)
{
    const tc_conv2d_dsp_params dense = {
        p->input_h,          p->input_w,           p->input_c,   p->output_h,  p->output_w,   p->output_c,
        p->kernel_h,         p->kernel_w,          p->stride_h,  p->stride_w,  p->dilation_h, p->dilation_w,
        p->pad_top,          p->pad_left,          p->groups,    p->run,       p->run_taps,   p->units,
        p->input_zero_point, p->output_zero_point, p->clamp_min, p->clamp_max, p->weights,    p->requant};
    return dense;
}

/* All channels of the pixels from ``pixel`` on, four times ``blocks`` of them, the last ones perhaps again. */
TC_INLINE void tc_conv2d_unpacked_multiply_dsp(const tc_conv2d_unpacked_dsp_params *p, int32_t pixel, int8_t *output,
                                               int32_t *patch, const int16_t *table, tc_unpack *unpack)
{
    const int32_t pixels = p->output_h * p->output_w;
    int32_t *pair = patch + 8 * (ptrdiff_t)p->units * p->blocks;
    const int32_t left = pixels - pixel, whole = left / 4 < p->blocks ? left / 4 : p->blocks;
    tc_multiply_4x2 work;
    work.weights = pair;
    work.units = p->units;
    work.pitch = p->output_c;
    work.rounder = 2 * p->output_zero_point + 1;
    work.patch_step = 32 * p->units;
    work.output_step = 4 * p->output_c;
    work.copy = NULL;

    for (int32_t o = 0; o < p->output_c; o += 2) {
        unpack(p, o, table, pair);
        unpack(p, o + 1, table, pair + 1);
        work.requant = p->requant + 2 * o;
        work.end = work.requant + 4;
        work.patch = patch;
        work.blocks = whole;
        work.output = output + (ptrdiff_t)pixel * p->output_c + o;
        if (whole > 0) {
            (void)tc_multiply_4x2_dsp(&work);
        }
        if (whole < p->blocks && left > 4 * whole) {
            work.patch = patch + 8 * (ptrdiff_t)p->units * whole;
            work.blocks = 1;
            work.output = output + (ptrdiff_t)(pixels - 4) * p->output_c + o;
            (void)tc_multiply_4x2_dsp(&work);
        }
    }
}

/*
 * An even number of channels, runs of whole fours, at least four pixels. ``unpack`` is a literal: a direct call, so that
 * the stack has a bound.
 */
TC_INLINE void tc_conv2d_unpacked_dsp(const tc_conv2d_unpacked_dsp_params *p, const int8_t *input, int8_t *output,
                                      void *scratch, tc_unpack *unpack)
{
    const tc_conv2d_dsp_params dense = tc_conv2d_unpacked_geometry_dsp(p);
    const int32_t pixels = p->output_h * p->output_w;
    int32_t *patch = (int32_t *)scratch;

    for (int32_t pixel = 0; pixel < pixels; pixel += 4 * p->blocks) {
        for (int32_t i = 0; i < p->blocks && pixel + 4 * i < pixels; ++i) {
            const int32_t first = pixel + 4 * i + 4 > pixels ? pixels - 4 : pixel + 4 * i;
            tc_conv2d_expand_dsp(&dense, input, first, 1, patch + 8 * (ptrdiff_t)p->units * i);
        }
        tc_conv2d_unpacked_multiply_dsp(p, pixel, output, patch, tc_conv2d_unpacked_table_dsp(p, scratch), unpack);
    }
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, pixels * p->output_c, p->clamp_min, p->clamp_max);
    }
}

#endif
