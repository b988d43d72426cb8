/* tc_conv2d_unpacked_dsp.h says what is where. */
#include "tc_conv2d_unpacked_dsp.h"

int16_t *tc_conv2d_unpacked_table_dsp(const tc_conv2d_unpacked_dsp_params *p, void *scratch)
{
    return (int16_t *)((int32_t *)scratch + (8 * (ptrdiff_t)p->blocks + 2) * p->units);
}

void tc_conv2d_unpacked_fill_dsp(const int8_t *codes, int16_t *table)
{
    for (int32_t i = 0; i < 16; ++i) {
        for (int32_t j = 0; j < 16; ++j) {
            *table++ = (int16_t)(codes[i] + 256 * codes[j]);
        }
    }
}

/* The fields that tc_conv2d_expand_dsp reads. */
static tc_conv2d_dsp_params geometry(const tc_conv2d_unpacked_dsp_params *p)
{
    const tc_conv2d_dsp_params dense = {
        p->input_h,          p->input_w,           p->input_c,   p->output_h,  p->output_w,   p->output_c,
        p->kernel_h,         p->kernel_w,          p->stride_h,  p->stride_w,  p->dilation_h, p->dilation_w,
        p->pad_top,          p->pad_left,          p->groups,    p->run,       p->run_taps,   p->units,
        p->input_zero_point, p->output_zero_point, p->clamp_min, p->clamp_max, p->weights,    p->requant};
    return dense;
}

/* All channels of the pixels from ``pixel`` on, four times ``blocks`` of them, the last ones perhaps again. */
static void multiply(const tc_conv2d_unpacked_dsp_params *p, int32_t pixel, int8_t *output, int32_t *patch,
                     const int16_t *table, tc_unpack *unpack)
{
    const int32_t pixels = p->output_h * p->output_w;
    int32_t *pair = patch + 8 * (ptrdiff_t)p->units * p->blocks;
    tc_multiply_4x2 work;
    work.weights = pair;
    work.gap = 0;
    work.units = p->units;
    work.lines = 1;
    work.pitch = p->output_c;
    work.rounder = 2 * p->output_zero_point + 1;

    for (int32_t o = 0; o < p->output_c; o += 2) {
        unpack(p, o, table, pair);
        unpack(p, o + 1, table, pair + 1);
        work.requant = p->requant + 2 * o;
        work.end = work.requant + 4;
        work.patch = patch;
        for (int32_t i = 0; i < p->blocks && pixel + 4 * i < pixels; ++i, work.patch += 8 * p->units) {
            const int32_t first = pixel + 4 * i + 4 > pixels ? pixels - 4 : pixel + 4 * i;
            work.output = output + (ptrdiff_t)first * p->output_c + o;
            (void)tc_multiply_4x2_dsp(&work);
        }
    }
}

void tc_conv2d_unpacked_dsp(const tc_conv2d_unpacked_dsp_params *p, const int8_t *input, int8_t *output, void *scratch,
                            tc_unpack *unpack)
{
    const tc_conv2d_dsp_params dense = geometry(p);
    const int32_t pixels = p->output_h * p->output_w;
    int32_t *patch = (int32_t *)scratch;

    for (int32_t pixel = 0; pixel < pixels; pixel += 4 * p->blocks) {
        for (int32_t i = 0; i < p->blocks && pixel + 4 * i < pixels; ++i) {
            const int32_t first = pixel + 4 * i + 4 > pixels ? pixels - 4 : pixel + 4 * i;
            tc_conv2d_expand_dsp(&dense, input, first, 1, patch + 8 * (ptrdiff_t)p->units * i);
        }
        multiply(p, pixel, output, patch, tc_conv2d_unpacked_table_dsp(p, scratch), unpack);
    }
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, pixels * p->output_c, p->clamp_min, p->clamp_max);
    }
}
