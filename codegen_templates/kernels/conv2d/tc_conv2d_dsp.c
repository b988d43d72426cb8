/* conv2d on the DSP extension: blocks of four pixels by two channels (tc_conv2d_dsp.h). */
#include "tc_conv2d_dsp.h"
#include "tc_conv2d_channels_dsp.h"
#include "tc_dsp.h"

enum { PIXELS = 4 };

/* Where the next unit of a pixel's window goes, and the codes left over from runs: ``bits`` of them in ``pending``. */
typedef struct {
    int32_t *patch;
    uint32_t pending, bits;
} cursor;

TC_INLINE int32_t *put(int32_t *patch, int32_t codes)
{
    patch[0] = tc_odd_codes(codes);
    patch[PIXELS] = tc_mixed_codes(codes);
    return patch + 2 * PIXELS;
}

TC_INLINE void put_left_over(cursor *to, int32_t code)
{
    to->pending |= ((uint32_t)code & 0xffU) << to->bits;
    to->bits += 8;
    if (to->bits == 32) {
        to->patch = put(to->patch, (int32_t)to->pending);
        to->pending = 0;
        to->bits = 0;
    }
}

/* Four codes from ``at`` on of a row; those outside are a byte of ``zero_points``. */
TC_NOINLINE static int32_t cut_codes(const int8_t *row, int32_t at, int32_t size, uint32_t zero_points)
{
    if (size < 4) {
        uint32_t codes = 0;
        for (int32_t j = 3; j >= 0; --j) {
            codes = codes << 8 | ((at + j >= 0 && at + j < size ? (uint32_t)row[at + j] : zero_points) & 0xffU);
        }
        return (int32_t)codes;
    }
    if (at <= -4 || at >= size) {
        return (int32_t)zero_points;
    }
    if (at < 0) {
        return (int32_t)((uint32_t)tc_load_codes(row) << (-8 * at) | zero_points >> (32 + 8 * at));
    }
    const int32_t behind = at + 4 - size;
    if (behind <= 0) {
        return tc_load_codes(row + at);
    }
    return (int32_t)((uint32_t)tc_load_codes(row + size - 4) >> (8 * behind) | zero_points << (32 - 8 * behind));
}

/* Expands a window of one run, a multiple of four codes, that leaves the input at most above and below. */
TC_NOINLINE static void expand_rows(const tc_conv2d_dsp_params *p, const int8_t *input, int32_t top, int32_t *patch)
{
    const int32_t zero_points = (int32_t)(((uint32_t)p->input_zero_point & 0xffU) * 0x01010101U);
    const int32_t row_codes = p->input_w * p->input_c, run = p->run, input_h = p->input_h, step = p->dilation_h;
    int32_t y = top;
    for (int32_t lines = p->kernel_h; lines > 0; --lines, y += step) {
        if (y < 0 || y >= input_h) {
            for (int32_t i = run; i > 0; i -= 4) {
                patch = put(patch, zero_points);
            }
            continue;
        }
        const int8_t *codes = input + y * row_codes, *end = codes + run;
        do {
            patch = put(patch, tc_load_codes(codes));
            codes += 4;
        } while (codes != end);
    }
}

/* Expands any window into a column of the patch. What its runs leave over of fours is collected. */
TC_NOINLINE static void expand_any(const tc_conv2d_dsp_params *p, const int8_t *input, int32_t top, int32_t left,
                                   int32_t *patch)
{
    const uint32_t zero_points = ((uint32_t)p->input_zero_point & 0xffU) * 0x01010101U;
    const int32_t row_codes = p->input_w * p->input_c, run = p->run;
    const int32_t run_pitch = p->run_taps * p->dilation_w * p->input_c;
    const int32_t first = left * p->input_c, end = first + p->kernel_w / p->run_taps * run_pitch;
    cursor to = {patch, 0, 0};

    for (int32_t y = top, below = top + p->kernel_h * p->dilation_h; y < below; y += p->dilation_h) {
        const int32_t size = y >= 0 && y < p->input_h ? row_codes : 0;
        const int8_t *row = input + (size > 0 ? (ptrdiff_t)y * row_codes : 0);
        for (int32_t next = first; next < end; next += run_pitch) {
            for (int32_t at = next; at < next + run;) {
                const int32_t codes = at >= 0 && at + 4 <= size ? tc_load_codes(row + at)
                                                                : cut_codes(row, at, size, zero_points);
                if (at + 4 <= next + run) {
                    to.patch = put(to.patch, codes);
                    at += 4;
                } else {
                    put_left_over(&to, codes);
                    ++at;
                }
            }
        }
    }
    if (to.bits > 0) {
        put(to.patch, (int32_t)to.pending);
    }
}

void tc_conv2d_expand_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int32_t index, int32_t step,
                          int32_t *patch)
{
    for (int32_t i = 0; i < PIXELS; ++i, index += step, ++patch) {
        const int32_t oy = index / p->output_w, ox = index - oy * p->output_w;
        const int32_t top = oy * p->stride_h - p->pad_top, left = ox * p->stride_w - p->pad_left;
        if ((p->run & 3) == 0 && p->run_taps == p->kernel_w && left >= 0 && left + p->kernel_w <= p->input_w) {
            expand_rows(p, input + left * p->input_c, top, patch);
        } else {
            expand_any(p, input, top, left, patch);
        }
    }
}

void tc_conv2d_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output, int32_t *patch)
{
    const int32_t channels = p->output_c / p->groups;
    const int32_t pixels = p->output_h * p->output_w;
    /* of fewer than four pixels each is computed alone, four times */
    const int32_t step = pixels >= PIXELS ? 1 : 0;
    const int8_t *group_input = input;
    tc_multiply_4x2 work;
    work.weights = p->weights;
    work.gap = 0;
    work.units = p->units;
    work.lines = 1;
    work.patch = patch;
    work.requant = p->requant;
    work.pitch = step * p->output_c;
    work.rounder = 2 * p->output_zero_point + 1;

    for (int32_t group = 0; group < p->groups; ++group) {
        const int32_t *next = work.weights;
        for (int32_t pixel = 0; pixel < pixels; pixel += step != 0 ? PIXELS : 1) {
            /* the last four overlap those before them when the pixels are not a multiple of four */
            const int32_t first = step != 0 && pixel + PIXELS > pixels ? pixels - PIXELS : pixel;
            tc_conv2d_expand_dsp(p, group_input, first, step, patch);
            work.output = output + (ptrdiff_t)first * p->output_c + group * channels;
            next = tc_conv2d_channels_dsp(&work, channels);
        }
        work.weights = next;
        work.requant += 4 * ((channels + 1) / 2);
        group_input += p->run / p->run_taps; /* a group's codes of a pixel */
    }
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, pixels * p->output_c, p->clamp_min, p->clamp_max);
    }
}
