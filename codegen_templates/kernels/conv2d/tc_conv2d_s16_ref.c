/* conv2d, int16 activations, portable C: the plain loops, for any shape, stride, dilation and number of groups. */
#include "tc_conv2d_s16_ref.h"
#include "tc_numerics.h"

/* Sum over the window at (top, left) of one output channel; taps outside the input are zero. */
static int32_t accumulate(const tc_conv2d_params *p, const int16_t *input, int32_t top, int32_t left, int32_t channel)
{
    const int32_t group_c = p->input_c / p->groups;
    const int32_t first_c = channel / (p->output_c / p->groups) * group_c;
    const int8_t *weights = p->weights + (ptrdiff_t)channel * p->kernel_h * p->kernel_w * group_c;
    int32_t acc = p->bias[channel];

    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const int32_t y = top + ky * p->dilation_h;
        for (int32_t kx = 0; kx < p->kernel_w; ++kx, weights += group_c) {
            const int32_t x = left + kx * p->dilation_w;
            if (y < 0 || y >= p->input_h || x < 0 || x >= p->input_w) {
                continue;
            }
            const int16_t *pixel = input + ((ptrdiff_t)y * p->input_w + x) * p->input_c + first_c;
            for (int32_t c = 0; c < group_c; ++c) {
                acc += pixel[c] * weights[c];
            }
        }
    }
    return acc;
}

void tc_conv2d_s16_ref(const tc_conv2d_params *p, const int16_t *input, int16_t *output)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        for (int32_t ox = 0; ox < p->output_w; ++ox) {
            for (int32_t o = 0; o < p->output_c; ++o) {
                const int32_t acc = accumulate(p, input, oy * p->stride_h - p->pad_top, ox * p->stride_w - p->pad_left,
                                               o);
                const int32_t q = tc_requantize_reduced(acc, p->multiplier[o], p->exponent[o]);
                *output++ = (int16_t)tc_clamp(q, p->clamp_min, p->clamp_max);
            }
        }
    }
}
