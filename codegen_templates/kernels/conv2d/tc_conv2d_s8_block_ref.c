/*
 * conv2d, int8, portable C: the windows of four pixels are widened to int32 once and reused for all output channels, so
 * that one weight serves four sums, as many as the registers of the smallest core hold.
 */
#include "tc_conv2d_s8_block_ref.h"
#include "tc_numerics.h"

enum { PIXELS = 4 };

/* Writes the window of one output pixel into its column of the patch; codes outside the input are the zero point. */
TC_NOINLINE static void widen_window(const tc_conv2d_params *p, const int8_t *input, int32_t top, int32_t left,
                                     int32_t *patch)
{
    const int32_t group_c = p->input_c / p->groups;
    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const int32_t y = top + ky * p->dilation_h;
        for (int32_t kx = 0; kx < p->kernel_w; ++kx) {
            const int32_t x = left + kx * p->dilation_w;
            const int32_t *end = patch + PIXELS * group_c;
            if (y < 0 || y >= p->input_h || x < 0 || x >= p->input_w) {
                for (; patch != end; patch += PIXELS) {
                    *patch = p->input_zero_point;
                }
                continue;
            }
            for (const int8_t *code = input + ((ptrdiff_t)y * p->input_w + x) * p->input_c; patch != end;
                 patch += PIXELS) {
                *patch = *code++;
            }
        }
    }
}

/* The four sums of one output channel; count is at least one. */
TC_INLINE const int8_t *multiply(const int32_t *patch, const int8_t *weights, int32_t count, int32_t *sums)
{
    int32_t s0 = sums[0], s1 = s0, s2 = s0, s3 = s0;
    const int8_t *end = weights + count;
#define TAP                           \
    do {                              \
        const int32_t w = *weights++; \
        s0 += patch[0] * w;           \
        s1 += patch[1] * w;           \
        s2 += patch[2] * w;           \
        s3 += patch[3] * w;           \
        patch += PIXELS;              \
    } while (0)
    if ((count & 1) != 0) {
        TAP;
    }
    while (weights != end) {
        TAP;
        TAP;
    }
#undef TAP
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
    return weights;
}

/* All channels of a group for four pixels, whose outputs lie ``pitch`` apart. */
static void multiply_channels(const tc_conv2d_params *p, const int32_t *patch, int32_t first, int8_t *output,
                              int32_t pitch)
{
    const int32_t count = p->kernel_h * p->kernel_w * (p->input_c / p->groups);
    const int32_t last = first + p->output_c / p->groups;
    const int8_t *weights = p->weights + (ptrdiff_t)first * count;
    for (int32_t c = first; c < last; ++c, ++output) {
        int32_t sums[PIXELS];
        sums[0] = p->bias[c];
        weights = multiply(patch, weights, count, sums);
        for (int32_t i = 0; i < PIXELS; ++i) {
            const int32_t q = tc_requantize(sums[i], p->multiplier[c], p->exponent[c]) + p->output_zero_point;
            output[i * pitch] = (int8_t)tc_clamp(q, p->clamp_min, p->clamp_max);
        }
    }
}

void tc_conv2d_s8_block_ref(const tc_conv2d_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    int32_t *patch = (int32_t *)scratch;
    const int32_t pixels = p->output_h * p->output_w;
    /* of fewer than four pixels each is computed alone, four times */
    const int32_t step = pixels >= PIXELS ? 1 : 0;

    for (int32_t group = 0; group < p->groups; ++group) {
        const int8_t *codes = input + group * (p->input_c / p->groups);
        const int32_t channel = group * (p->output_c / p->groups);
        for (int32_t pixel = 0; pixel < pixels; pixel += step != 0 ? PIXELS : 1) {
            /* the last four overlap those before them when the pixels are not a multiple of four */
            const int32_t first = step != 0 && pixel + PIXELS > pixels ? pixels - PIXELS : pixel;
            for (int32_t i = 0; i < PIXELS; ++i) {
                const int32_t index = first + i * step;
                const int32_t oy = index / p->output_w, ox = index - oy * p->output_w;
                widen_window(p, codes, oy * p->stride_h - p->pad_top, ox * p->stride_w - p->pad_left, patch + i);
            }
            multiply_channels(p, patch, channel, output + (ptrdiff_t)first * p->output_c + channel, step * p->output_c);
        }
    }
}
