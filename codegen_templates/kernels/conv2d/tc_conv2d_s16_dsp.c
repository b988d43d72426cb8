/* conv2d, int16 activations, DSP extension: tc_conv2d_s16_dsp.h. */
#include "tc_conv2d_s16_dsp.h"
#include "tc_multiply_2x2_s16_dsp.h"

/* Where the window of an output pixel begins: in the input where it lies there in one piece, else copied to ``copy``. */
static const int16_t *window_at(const tc_conv2d_s16_dsp_params *p, const int16_t *input, int32_t index, int16_t *copy)
{
    const int32_t oy = index / p->output_w, ox = index - oy * p->output_w;
    const int32_t top = oy * p->stride_h - p->pad_top, left = ox * p->stride_w - p->pad_left;
    const size_t pixel_bytes = sizeof(int16_t) * (size_t)p->input_c;
    int16_t *to = copy;

    if (p->kernel_h * p->kernel_w == 1 && p->input_c % 4 == 0 && top >= 0 && left >= 0 && top < p->input_h &&
        left < p->input_w) {
        return input + ((ptrdiff_t)top * p->input_w + left) * p->input_c;
    }
    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const int32_t y = top + ky * p->dilation_h;
        for (int32_t kx = 0; kx < p->kernel_w; ++kx, to += p->input_c) {
            const int32_t x = left + kx * p->dilation_w;
            if (y < 0 || y >= p->input_h || x < 0 || x >= p->input_w) {
                memset(to, 0, pixel_bytes);
            } else {
                memcpy(to, input + ((ptrdiff_t)y * p->input_w + x) * p->input_c, pixel_bytes);
            }
        }
    }
    return copy;
}

void tc_conv2d_s16_dsp(const tc_conv2d_s16_dsp_params *p, const int16_t *input, int16_t *output, void *scratch)
{
    const int32_t count = p->kernel_h * p->kernel_w * p->input_c, fours = (count + 3) / 4;
    const int32_t pixels = p->output_h * p->output_w;
    int16_t *const first = (int16_t *)scratch, *const second = first + 4 * fours;

    for (int32_t i = count; i < 4 * fours; ++i) { /* the weights there are zero */
        first[i] = 0;
        second[i] = 0;
    }
    for (int32_t pixel = 0; pixel < pixels; pixel += 2) {
        /* the last pixel is computed twice when their number is odd */
        const int32_t next = pixel + 1 < pixels ? pixel + 1 : pixel;
        const int16_t *x0 = window_at(p, input, pixel, first), *x1 = window_at(p, input, next, second);
        int16_t *y0 = output + (ptrdiff_t)pixel * p->output_c, *y1 = output + (ptrdiff_t)next * p->output_c;
        const int32_t *weights = p->weights;
        for (int32_t o = 0; o < p->output_c; o += 2, weights += 2 * fours) {
            int32_t sums[4] = {p->bias[o], p->bias[o + 1], p->bias[o], p->bias[o + 1]};
            tc_multiply_2x2_s16_dsp(x0, x1, weights, fours, sums);
            for (int32_t i = 0; i < 2 && o + i < p->output_c; ++i) {
                y0[o + i] = tc_output_s16_dsp(sums[i], p->multiplier[o + i], p->clamp_min, p->clamp_max);
                y1[o + i] = tc_output_s16_dsp(sums[2 + i], p->multiplier[o + i], p->clamp_min, p->clamp_max);
            }
        }
    }
}
