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

/* A run that starts ``first`` codes into a row of ``size`` codes and leaves it on one side or both, or lies outside. */
TC_NOINLINE static void put_cut_run(cursor *to, const int8_t *row, int32_t first, int32_t count, int32_t size,
                                    int32_t zero_point)
{
    const int32_t zero_points = (int32_t)(((uint32_t)zero_point & 0xffU) * 0x01010101U);
    int32_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const int32_t at = first + i;
        int32_t codes = zero_points;
        if (at >= 0 && at + 4 <= size) {
            codes = tc_load_codes(row + at);
        } else if (at > -4 && at < size) {
            codes = 0;
            for (int32_t j = 0; j < 4; ++j) {
                const int32_t code = at + j >= 0 && at + j < size ? row[at + j] : zero_point;
                codes |= (int32_t)(((uint32_t)code & 0xffU) << (8 * j));
            }
        }
        to->patch = put(to->patch, codes);
    }
    for (; i < count; ++i) {
        put_left_over(to, first + i >= 0 && first + i < size ? row[first + i] : zero_point);
    }
}

/* Expands a window that leaves the input into a column of the patch. */
TC_NOINLINE static void expand_cut_window(const tc_conv2d_dsp_params *p, const int8_t *input, int32_t top, int32_t left,
                                          int32_t *patch)
{
    const int32_t row_codes = p->input_w * p->input_c;
    cursor to = {patch, 0, 0};

    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const int32_t y = top + ky * p->dilation_h;
        const int32_t inside = y >= 0 && y < p->input_h;
        for (int32_t kx = 0; kx < p->kernel_w; kx += p->run_taps) {
            const int32_t first = (left + kx * p->dilation_w) * p->input_c;
            put_cut_run(&to, input + (inside ? (ptrdiff_t)y * row_codes : 0), first, p->run, inside ? row_codes : 0,
                        p->input_zero_point);
        }
    }
    if (to.bits > 0) {
        put(to.patch, (int32_t)to.pending);
    }
}

/* Expands a window that lies inside the input, from its first code on. */
TC_INLINE void expand_window(const int8_t *row, int32_t kernel_h, int32_t row_pitch, int32_t runs, int32_t run_pitch,
                             int32_t run, int32_t *patch)
{
    cursor to = {patch, 0, 0};
    for (; kernel_h > 0; --kernel_h, row += row_pitch) {
        const int8_t *codes = row;
        for (int32_t i = runs; i > 0; --i, codes += run_pitch - run) {
            const int8_t *end = codes + run;
            for (const int8_t *fours = codes + (run & ~3); codes != fours; codes += 4) {
                to.patch = put(to.patch, tc_load_codes(codes));
            }
            for (; codes < end; ++codes) {
                put_left_over(&to, *codes);
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
    const int32_t runs = p->kernel_w / p->run_taps;
    const int32_t run_pitch = p->run_taps * p->dilation_w * p->input_c;
    const int32_t row_pitch = p->dilation_h * p->input_w * p->input_c;
    const int32_t last_top = p->input_h - 1 - (p->kernel_h - 1) * p->dilation_h;
    const int32_t last_left = p->input_w - 1 - (p->kernel_w - 1) * p->dilation_w;

    for (int32_t i = 0; i < PIXELS; ++i, index += step, ++patch) {
        const int32_t oy = index / p->output_w, ox = index - oy * p->output_w;
        const int32_t top = oy * p->stride_h - p->pad_top, left = ox * p->stride_w - p->pad_left;
        if (top >= 0 && left >= 0 && top <= last_top && left <= last_left) {
            expand_window(input + ((ptrdiff_t)top * p->input_w + left) * p->input_c, p->kernel_h, row_pitch, runs,
                          run_pitch, p->run, patch);
        } else {
            expand_cut_window(p, input, top, left, patch);
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
