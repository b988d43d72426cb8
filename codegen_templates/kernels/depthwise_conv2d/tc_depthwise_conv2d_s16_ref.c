/* depthwise_conv2d, int16 activations, portable C, for any shape: loops over the part of the window that lies in the input. */
#include "tc_depthwise_conv2d_s16_ref.h"
#include "tc_depthwise_conv2d_window.h"
#include "tc_numerics.h"

/* The sum of one output channel over the taps that lie inside; those outside would add nothing. */
TC_INLINE int32_t accumulate(const tc_depthwise_conv2d_params *p, const int16_t *plane, int32_t top, int32_t left,
                             tc_taps rows, tc_taps columns, int32_t channel)
{
    const int32_t output_c = p->output_c, pitch = p->dilation_w * p->input_c;
    int32_t acc = p->bias[channel];
    for (int32_t ky = rows.first; ky < rows.last; ++ky) {
        const ptrdiff_t y = top + ky * p->dilation_h, x = left + columns.first * p->dilation_w;
        const int16_t *code = plane + (y * p->input_w + x) * p->input_c;
        const int8_t *weight = p->weights + (ptrdiff_t)(ky * p->kernel_w + columns.first) * output_c + channel;
        for (int32_t n = columns.last - columns.first; n > 0; --n, code += pitch, weight += output_c) {
            acc += *code * *weight;
        }
    }
    return acc;
}

void tc_depthwise_conv2d_s16_ref(const tc_depthwise_conv2d_params *p, const int16_t *input, int16_t *output)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        const int32_t top = oy * p->stride_h - p->pad_top;
        const tc_taps rows = tc_taps_inside(top, p->kernel_h, p->dilation_h, p->input_h);
        for (int32_t ox = 0; ox < p->output_w; ++ox) {
            const int32_t left = ox * p->stride_w - p->pad_left;
            const tc_taps columns = tc_taps_inside(left, p->kernel_w, p->dilation_w, p->input_w);
            for (int32_t c = 0; c < p->output_c; ++c) {
                const int32_t acc = accumulate(p, input + c / p->channel_multiplier, top, left, rows, columns, c);
                const int32_t q = tc_requantize_reduced(acc, p->multiplier[c], p->exponent[c]);
                *output++ = (int16_t)tc_clamp(q, p->clamp_min, p->clamp_max);
            }
        }
    }
}
