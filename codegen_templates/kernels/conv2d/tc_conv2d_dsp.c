/* conv2d on the DSP extension: blocks of two pixels by two channels (tc_conv2d_dsp.h). */
#include "tc_conv2d_dsp.h"
#include "tc_dsp.h"
#include "tc_multiply_2x2_dsp.h"

enum { PIXELS = 2 };

/* Writes the pairs of ``count`` codes into the patch column that starts at ``patch``; returns where it ends. */
TC_INLINE int32_t *expand(int32_t *patch, const int8_t *codes, int32_t count)
{
    for (; count >= 4; count -= 4, codes += 4, patch += 2 * PIXELS) {
        const int32_t word = tc_load_codes(codes);
        patch[0] = tc_even_codes(word);
        patch[PIXELS] = tc_odd_codes(word);
    }
    for (; count > 0; count -= 2, codes += 2, patch += PIXELS) {
        *patch = tc_pair(codes[0], count > 1 ? codes[1] : 0);
    }
    return patch;
}

/* The same for ``count`` equal codes. */
TC_NOINLINE static int32_t *fill(int32_t *patch, int32_t code, int32_t count)
{
    const int32_t pair = tc_pair(code, code);
    for (; count > 0; count -= 2, patch += PIXELS) {
        *patch = pair;
    }
    return patch;
}

/* A run that starts ``first`` codes into a row of ``size`` codes and may leave it on either side. */
TC_NOINLINE static int32_t *expand_cut(int32_t *patch, const int8_t *row, int32_t first, int32_t count, int32_t size, int32_t zero_point)
{
    const int32_t before = first >= 0 ? 0 : (first > -count ? -first : count);
    const int32_t excess = first + count - size;
    const int32_t after = excess <= 0 ? 0 : (excess < count ? excess : count);

    if (((before | after) & 3) == 0 || before == count || after == count) {
        patch = fill(patch, zero_point, before);
        patch = expand(patch, row + (first + before), count - before - after);
        return fill(patch, zero_point, after);
    }
    for (int32_t i = 0; i < count; i += 2, patch += PIXELS) {
        /* the codes of this step: (0, 2), (1, 3) in each four, then (0, 1), (2, -) */
        const int32_t four = (i & ~3) + 4 <= count;
        const int32_t low = first + (four != 0 ? (i & ~3) + ((i & 2) >> 1) : i);
        const int32_t high = low + (four != 0 ? 2 : 1);
        *patch = tc_pair(low >= 0 && low < size ? row[low] : zero_point, high >= 0 && high < size ? row[high] : zero_point);
    }
    return patch;
}

/* Expands the window of one output pixel into its patch column. */
TC_NOINLINE static void expand_window(const tc_conv2d_dsp_params *p, const int8_t *input, int32_t top, int32_t left, int32_t *patch)
{
    const int32_t row_codes = p->input_w * p->input_c;
    const int32_t bottom = top + (p->kernel_h - 1) * p->dilation_h;
    const int32_t right = left + (p->kernel_w - 1) * p->dilation_w;
    const int32_t inside = top >= 0 && left >= 0 && bottom < p->input_h && right < p->input_w;

    for (int32_t y = top; y <= bottom; y += p->dilation_h) {
        const int8_t *row = input + (ptrdiff_t)y * row_codes;
        for (int32_t x = left; x <= right; x += p->run_taps * p->dilation_w) {
            if (inside) {
                patch = expand(patch, row + x * p->input_c, p->run);
            } else if (y < 0 || y >= p->input_h) {
                patch = fill(patch, p->input_zero_point, p->run);
            } else {
                patch = expand_cut(patch, row, x * p->input_c, p->run, row_codes, p->input_zero_point);
            }
        }
    }
}

/* All channels of a group for two pixels whose outputs lie ``pitch`` apart; returns the weights of the next group. */
TC_NOINLINE static const int32_t *multiply(const tc_conv2d_dsp_params *p, const int32_t *patch, const int32_t *weights,
                              const int32_t *requant, int8_t *output, int32_t pitch)
{
    const int32_t channels = p->output_c / p->groups;
    const int32_t rounder = 2 * p->output_zero_point + 1;
    const int32_t *end = requant + 4 * (channels / 2);
    if (channels > 1) {
        weights = tc_multiply_2x2_dsp(patch, weights, requant, output, pitch, rounder, p->steps, end);
    }
    if ((channels & 1) != 0) {
        int8_t pair[2 * PIXELS]; /* of the last channel and one that is not there */
        weights = tc_multiply_2x2_dsp(patch, weights, end, pair, 2, rounder, p->steps, end + 4);
        output[channels - 1] = pair[0];
        output[channels - 1 + pitch] = pair[2];
    }
    return weights;
}

void tc_conv2d_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output, int32_t *patch)
{
    const int32_t channels = p->output_c / p->groups;
    const int32_t pixels = p->output_h * p->output_w;
    const int32_t pitch = pixels > 1 ? p->output_c : 0; /* a single pixel is computed twice */
    const int32_t *weights = p->weights;
    const int32_t *requant = p->requant;

    for (int32_t group = 0; group < p->groups; ++group) {
        const int32_t *next = weights;
        for (int32_t pixel = 0; pixel < pixels; pixel += PIXELS) {
            /* the last pair of an odd number of pixels overlaps the one before it */
            const int32_t first = pixel + 1 < pixels || pixel == 0 ? pixel : pixel - 1;
            for (int32_t i = 0; i < PIXELS; ++i) {
                const int32_t index = first + i < pixels ? first + i : first;
                const int32_t oy = index / p->output_w, ox = index % p->output_w;
                expand_window(p, input, oy * p->stride_h - p->pad_top, ox * p->stride_w - p->pad_left, patch + i);
            }
            next = multiply(p, patch, weights, requant, output + (ptrdiff_t)first * p->output_c + group * channels, pitch);
        }
        weights = next;
        requant += 4 * ((channels + 1) / 2);
        input += p->run / p->run_taps; /* a group's codes of a pixel */
    }
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, pixels * p->output_c, p->clamp_min, p->clamp_max);
    }
}
