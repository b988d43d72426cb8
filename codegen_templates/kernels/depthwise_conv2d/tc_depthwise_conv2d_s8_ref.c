/* depthwise_conv2d, int8, portable C: the plain loops, for any shape, stride, dilation and channel multiplier. */
#include "tc_depthwise_conv2d.h"
#include "tc_numerics.h"

/* Sum over the window at (top, left) of one output channel; taps outside the input are the zero point and add nothing. */
static int32_t accumulate(const tc_depthwise_conv2d_params *p, const int8_t *input, int32_t top, int32_t left,
                          int32_t channel)
{
    const int8_t *plane = input + channel / p->channel_multiplier;
    const int8_t *weights = p->weights + channel;
    int32_t acc = p->bias[channel];

    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const int32_t y = top + ky * p->dilation_h;
        for (int32_t kx = 0; kx < p->kernel_w; ++kx, weights += p->output_c) {
            const int32_t x = left + kx * p->dilation_w;
            if (y >= 0 && y < p->input_h && x >= 0 && x < p->input_w) {
                acc += (plane[((ptrdiff_t)y * p->input_w + x) * p->input_c] - p->input_zero_point) * *weights;
            }
        }
    }
    return acc;
}

void tc_depthwise_conv2d_s8_ref(const tc_depthwise_conv2d_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        const int32_t top = oy * p->stride_h - p->pad_top;
        for (int32_t ox = 0; ox < p->output_w; ++ox) {
            const int32_t left = ox * p->stride_w - p->pad_left;
            for (int32_t c = 0; c < p->output_c; ++c) {
                const int32_t acc = accumulate(p, input, top, left, c);
                const int32_t q = tc_requantize(acc, p->multiplier[c], p->exponent[c]) + p->output_zero_point;
                *output++ = (int8_t)tc_clamp(q, p->clamp_min, p->clamp_max);
            }
        }
    }
}
