/* conv2d, float32, portable C, for any shape: four output channels at a time. */
#include "tc_conv2d_f32_ref.h"
#include "tc_products_f32.h"

/* `count` outputs of the window at (top, left), from output channel `channel`, all of one group. */
static void window(const tc_conv2d_f32_params *p, const float *input, int32_t top, int32_t left, int32_t channel,
                   int32_t count, float *output)
{
    const int32_t group_c = p->input_c / p->groups;
    const int32_t first_c = channel / (p->output_c / p->groups) * group_c;
    const ptrdiff_t pitch = (ptrdiff_t)p->kernel_h * p->kernel_w * group_c;
    const float *weights = p->weights + channel * pitch;
    float acc[TC_TOGETHER_F32];

    for (int32_t o = 0; o < count; ++o) {
        acc[o] = p->bias[channel + o];
    }
    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const int32_t y = top + ky * p->dilation_h;
        for (int32_t kx = 0; kx < p->kernel_w; ++kx, weights += group_c) {
            const int32_t x = left + kx * p->dilation_w;
            if (y >= 0 && y < p->input_h && x >= 0 && x < p->input_w) {
                const float *pixel = input + ((ptrdiff_t)y * p->input_w + x) * p->input_c + first_c;
                tc_add_products_f32(pixel, weights, pitch, group_c, count, acc);
            }
        }
    }
    for (int32_t o = 0; o < count; ++o) {
        output[o] = tc_clampf(acc[o], p->clamp_min, p->clamp_max);
    }
}

void tc_conv2d_f32_ref(const tc_conv2d_f32_params *p, const float *input, float *output)
{
    const int32_t together = p->output_c / p->groups % TC_TOGETHER_F32 == 0 ? TC_TOGETHER_F32 : 1;

    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        for (int32_t ox = 0; ox < p->output_w; ++ox) {
            const int32_t top = oy * p->stride_h - p->pad_top, left = ox * p->stride_w - p->pad_left;
            for (int32_t o = 0; o < p->output_c; o += together, output += together) {
                window(p, input, top, left, o, together, output);
            }
        }
    }
}
