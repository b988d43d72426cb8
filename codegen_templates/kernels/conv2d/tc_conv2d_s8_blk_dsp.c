/* conv2d, blocks of 1x4 weights, DSP extension: 16 MACs for each block of a row. */
#include "tc_conv2d_s8_blk_dsp.h"
#include "tc_conv2d_dsp.h"
#include "tc_dsp.h"

/* The fields that tc_conv2d_expand_dsp reads. */
static tc_conv2d_dsp_params geometry(const tc_conv2d_blk_dsp_params *p)
{
    const tc_conv2d_dsp_params dense = {
        p->input_h,          p->input_w,           p->input_c,   p->output_h,  p->output_w,   p->output_c,
        p->kernel_h,         p->kernel_w,          p->stride_h,  p->stride_w,  p->dilation_h, p->dilation_w,
        p->pad_top,          p->pad_left,          p->groups,    p->run,       p->run_taps,   p->units,
        p->input_zero_point, p->output_zero_point, p->clamp_min, p->clamp_max, p->weights,    p->requant};
    return dense;
}

TC_NOINLINE static void multiply(const tc_conv2d_blk_dsp_params *p, const int32_t *patch, int8_t *output, int32_t pitch)
{
    const int32_t rounder = 2 * p->output_zero_point + 1;
    const int32_t *weights = p->weights;
    const uint8_t *index = p->index;
    for (int32_t o = 0; o < p->output_c; ++o) {
        const int32_t word0 = p->requant[2 * o], word1 = p->requant[2 * o + 1];
        const int32_t *unit = patch;
        int32_t sum0 = word0, sum1 = word0, sum2 = word0, sum3 = word0;
        for (int32_t blocks = p->counts[o]; blocks > 0; --blocks, unit += 8) {
            const int32_t w = *weights++, even = tc_even_codes(w);
            unit += 8 * *index++;
            sum0 = tc_smlad(w, unit[0], sum0);
            sum1 = tc_smlad(w, unit[1], sum1);
            sum2 = tc_smlad(w, unit[2], sum2);
            sum3 = tc_smlad(w, unit[3], sum3);
            sum0 = tc_smlad(even, unit[4], sum0);
            sum1 = tc_smlad(even, unit[5], sum1);
            sum2 = tc_smlad(even, unit[6], sum2);
            sum3 = tc_smlad(even, unit[7], sum3);
        }
        output[o] = (int8_t)tc_requantize_dsp(sum0 >> 8, word0, word1, rounder);
        output[o + pitch] = (int8_t)tc_requantize_dsp(sum1 >> 8, word0, word1, rounder);
        output[o + 2 * pitch] = (int8_t)tc_requantize_dsp(sum2 >> 8, word0, word1, rounder);
        output[o + 3 * pitch] = (int8_t)tc_requantize_dsp(sum3 >> 8, word0, word1, rounder);
    }
}

void tc_conv2d_s8_blk_dsp(const tc_conv2d_blk_dsp_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const tc_conv2d_dsp_params dense = geometry(p);
    const int32_t pixels = p->output_h * p->output_w;
    /* of fewer than four pixels each is computed alone, four times */
    const int32_t step = pixels >= 4 ? 1 : 0;

    for (int32_t pixel = 0; pixel < pixels; pixel += step != 0 ? 4 : 1) {
        /* the last four overlap those before them when the pixels are not a multiple of four */
        const int32_t first = step != 0 && pixel + 4 > pixels ? pixels - 4 : pixel;
        tc_conv2d_expand_dsp(&dense, input, first, step, (int32_t *)scratch);
        multiply(p, (const int32_t *)scratch, output + (ptrdiff_t)first * p->output_c, step * p->output_c);
    }
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, pixels * p->output_c, p->clamp_min, p->clamp_max);
    }
}
