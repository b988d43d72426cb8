/* conv2d on the DSP extension, weights of 4, 2 or 1 bits: the blocks of tc_multiply_4x2_fields_dsp.h. */
#ifndef TC_CONV2D_FIELDS_DSP_H
#define TC_CONV2D_FIELDS_DSP_H

#include "tc_conv2d_dsp.h"
#include "tc_dsp.h"
#include "tc_multiply_4x2_fields_dsp.h"

/* Convolutions without groups, any shape; ``patch`` holds 8 * units words. ``multiply`` is a literal: a direct call. */
TC_INLINE void tc_conv2d_fields_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output, int32_t *patch,
                                    int32_t offset, tc_multiply_4x2_fields *multiply)
{
    const int32_t pixels = p->output_h * p->output_w, channels = p->output_c;
    const int32_t rounder = 2 * p->output_zero_point + 1;
    const int32_t *end = p->requant + 4 * (channels / 2);
    /* of fewer than four pixels each is computed alone, four times */
    const int32_t step = pixels >= 4 ? 1 : 0, pitch = step * channels;

    for (int32_t pixel = 0; pixel < pixels; pixel += step != 0 ? 4 : 1) {
        /* the last four overlap those before them when the pixels are not a multiple of four */
        const int32_t first = step != 0 && pixel + 4 > pixels ? pixels - 4 : pixel;
        int8_t *to = output + (ptrdiff_t)first * channels;
        const int32_t *weights = p->weights;
        int32_t corrections[4];
        tc_conv2d_expand_dsp(p, input, first, step, patch);
        tc_patch_corrections_dsp(patch, p->units, offset, corrections);
        if (channels > 1) {
            weights = multiply(patch, weights, p->requant, to, pitch, rounder, p->units, end, corrections);
        }
        if ((channels & 1) != 0) {
            int8_t pair[8]; /* of the last channel and one that is not there */
            multiply(patch, weights, end, pair, 2, rounder, p->units, end + 4, corrections);
            for (int32_t i = 0; i < 4; ++i) {
                to[channels - 1 + i * pitch] = pair[2 * i];
            }
        }
    }
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, pixels * channels, p->clamp_min, p->clamp_max);
    }
}

#endif
