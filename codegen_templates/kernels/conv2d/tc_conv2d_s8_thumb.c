/* conv2d, int8, cores without the DSP extension: tc_conv2d_s8_thumb.h. */
#include "tc_conv2d_s8_thumb.h"
#include "tc_multiply_2x2_thumb.h"
#include "tc_thumb.h"

/* Where the window of an output pixel starts in the input, and the pixel's column. */
typedef struct {
    int32_t top, left, column;
} corner;

static corner next_pixel(const tc_conv2d_thumb_params *p, corner at)
{
    at.left += p->stride_w;
    if (++at.column == p->output_w) {
        at.column = 0;
        at.left = -p->pad_left;
        at.top += p->stride_h;
    }
    return at;
}

static int32_t is_inside(const tc_conv2d_thumb_params *p, corner at)
{
    return at.top >= 0 && at.left >= 0 && at.top + (p->kernel_h - 1) * p->dilation_h < p->input_h &&
           at.left + p->kernel_w <= p->input_w;
}

/* Adds the codes of a window, times 2^shift, to the patch. */
TC_NOINLINE static void add_window(const tc_conv2d_thumb_params *p, const int8_t *input, corner at, uint32_t shift,
                                   uint32_t *patch)
{
    const int32_t group_c = p->input_c / p->groups;
    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const int32_t y = at.top + ky * p->dilation_h;
        for (int32_t kx = 0; kx < p->kernel_w; ++kx) {
            const int32_t x = at.left + kx * p->dilation_w;
            if (y >= 0 && y < p->input_h && x >= 0 && x < p->input_w) {
                const int8_t *codes = input + ((ptrdiff_t)y * p->input_w + x) * p->input_c;
                for (int32_t c = 0; c < group_c; ++c) {
                    *patch++ += (uint32_t)(int32_t)codes[c] << shift;
                }
            } else {
                for (int32_t c = 0; c < group_c; ++c) {
                    *patch++ += (uint32_t)p->input_zero_point << shift;
                }
            }
        }
    }
}

/* Expands the windows of two pixels into the patch. */
TC_NOINLINE static void expand(const tc_conv2d_thumb_params *p, const int8_t *input, corner a, corner b,
                               uint32_t *patch)
{
    if (p->groups == 1 && p->dilation_w == 1 && is_inside(p, a) && is_inside(p, b)) {
        const int32_t row = p->input_w * p->input_c, run = p->kernel_w * p->input_c;
        const int8_t *codes_a = input + a.top * row + a.left * p->input_c;
        const int8_t *codes_b = input + b.top * row + b.left * p->input_c;
        for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
            for (int32_t i = 0; i < run; ++i) {
                *patch++ = (uint32_t)(int32_t)codes_a[i] + ((uint32_t)(int32_t)codes_b[i] << 16);
            }
            codes_a += p->dilation_h * row;
            codes_b += p->dilation_h * row;
        }
    } else {
        memset(patch, 0, (size_t)p->units * 8);
        add_window(p, input, a, 0, patch);
        add_window(p, input, b, 16, patch);
    }
}

/* All channels of a group for two pixels whose outputs lie ``pitch`` apart; returns the weights of the next group. */
static const int32_t *multiply(const tc_conv2d_thumb_params *p, const int32_t *patch, const int32_t *weights,
                               const int32_t *words, int8_t *output, int32_t pitch)
{
    tc_requant_thumb requant = {0, 0, 0, p->output_zero_point, p->clamp_min, p->clamp_max};
    for (int32_t left = p->output_c / p->groups; left > 0; left -= 2, weights += p->units) {
        int32_t sums[4];
        tc_multiply_2x2_thumb(patch, weights, p->units, sums);
        for (int32_t i = 0; i < 2; ++i, words += 2) {
            tc_set_channel_thumb(&requant, words);
            if (i < left) {
                output[i] = tc_requantize_thumb(&requant, sums[2 * i]);
                output[i + pitch] = tc_requantize_thumb(&requant, sums[2 * i + 1]);
            }
        }
        output += 2;
    }
    return weights;
}

void tc_conv2d_s8_thumb(const tc_conv2d_thumb_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const int32_t channels = p->output_c / p->groups;
    const int32_t pixels = p->output_h * p->output_w;
    const int32_t *weights = p->weights, *words = p->requant;
    uint32_t *patch = (uint32_t *)scratch;

    patch[2 * p->units - 1] = 0; /* the tap that may have been added */
    for (int32_t group = 0; group < p->groups; ++group) {
        const corner first = {-p->pad_top, -p->pad_left, 0};
        const int32_t *next = weights;
        corner a = first, b = first;
        int32_t pitch = 0; /* a pixel that is alone is computed twice */
        if (pixels > 1) {
            b = next_pixel(p, a);
            pitch = p->output_c;
        }
        for (int32_t pixel = 0;; pixel += 2) {
            expand(p, input, a, b, patch);
            next = multiply(p, (const int32_t *)scratch, weights, words, output + (ptrdiff_t)pixel * p->output_c,
                            pitch);
            if (pixel + 2 >= pixels) {
                break;
            }
            if (pixel + 3 == pixels) { /* the last two overlap those before them */
                --pixel;
                a = b;
            } else {
                a = next_pixel(p, b);
            }
            b = next_pixel(p, a);
        }
        weights = next;
        words += 4 * ((channels + 1) / 2);
        input += p->input_c / p->groups;
        output += channels;
    }
}
