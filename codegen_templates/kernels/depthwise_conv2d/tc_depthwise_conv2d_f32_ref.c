/* depthwise_conv2d, float32, portable C, for any shape. */
#include "tc_depthwise_conv2d_f32_ref.h"
#include "tc_float.h"

/* The sum of one output channel over the window at (top, left); `plane` is its input channel of the first pixel. */
TC_INLINE float accumulate(const tc_depthwise_conv2d_f32_params *p, const float *plane, int32_t top, int32_t left,
                           int32_t channel)
{
    const float *weight = p->weights + channel;
    float acc = p->bias[channel];

    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const int32_t y = top + ky * p->dilation_h;
        for (int32_t kx = 0; kx < p->kernel_w; ++kx, weight += p->output_c) {
            const int32_t x = left + kx * p->dilation_w;
            if (y >= 0 && y < p->input_h && x >= 0 && x < p->input_w) {
                acc = tc_fmaf(plane[((ptrdiff_t)y * p->input_w + x) * p->input_c], *weight, acc);
            }
        }
    }
    return acc;
}

void tc_depthwise_conv2d_f32_ref(const tc_depthwise_conv2d_f32_params *p, const float *input, float *output)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        for (int32_t ox = 0; ox < p->output_w; ++ox) {
            for (int32_t c = 0; c < p->output_c; ++c) {
                const float acc = accumulate(p, input + c / p->channel_multiplier, oy * p->stride_h - p->pad_top,
                                             ox * p->stride_w - p->pad_left, c);
                *output++ = tc_clampf(acc, p->clamp_min, p->clamp_max);
            }
        }
    }
}
