/* conv2d, float32, portable C, for any shape: four output channels at a time, so that their sums do not wait. */
#include "tc_conv2d_f32_ref.h"
#include "tc_float.h"

enum { TOGETHER = 4 };

/* Add the products of one pixel to the sums of `count` output channels, whose weights lie `pitch` apart. */
TC_INLINE void add_pixel(const float *pixel, const float *weights, ptrdiff_t pitch, int32_t channels, int32_t count,
                         float *acc)
{
    for (int32_t c = 0; c < channels; ++c) {
        for (int32_t o = 0; o < count; ++o) {
            acc[o] = tc_fmaf(pixel[c], weights[o * pitch + c], acc[o]);
        }
    }
}

/* `count` outputs of the window at (top, left), from output channel `channel`, all of one group. */
TC_INLINE void window(const tc_conv2d_f32_params *p, const float *input, int32_t top, int32_t left, int32_t channel,
                      int32_t count, float *output)
{
    const int32_t group_c = p->input_c / p->groups;
    const int32_t first_c = channel / (p->output_c / p->groups) * group_c;
    const ptrdiff_t pitch = (ptrdiff_t)p->kernel_h * p->kernel_w * group_c;
    const float *weights = p->weights + channel * pitch;
    float acc[TOGETHER] = {0.0f, 0.0f, 0.0f, 0.0f};

    for (int32_t o = 0; o < count; ++o) {
        acc[o] = p->bias[channel + o];
    }
    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const int32_t y = top + ky * p->dilation_h;
        for (int32_t kx = 0; kx < p->kernel_w; ++kx, weights += group_c) {
            const int32_t x = left + kx * p->dilation_w;
            if (y >= 0 && y < p->input_h && x >= 0 && x < p->input_w) {
                const float *pixel = input + ((ptrdiff_t)y * p->input_w + x) * p->input_c + first_c;
                add_pixel(pixel, weights, pitch, group_c, count, acc);
            }
        }
    }
    for (int32_t o = 0; o < count; ++o) {
        output[o] = tc_clampf(acc[o], p->clamp_min, p->clamp_max);
    }
}

void tc_conv2d_f32_ref(const tc_conv2d_f32_params *p, const float *input, float *output)
{
    const int32_t together = p->output_c / p->groups % TOGETHER == 0 ? TOGETHER : 1;

    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        for (int32_t ox = 0; ox < p->output_w; ++ox) {
            const int32_t top = oy * p->stride_h - p->pad_top, left = ox * p->stride_w - p->pad_left;
            for (int32_t o = 0; o < p->output_c; o += together, output += together) {
                if (together == TOGETHER) {
                    window(p, input, top, left, o, TOGETHER, output);
                } else {
                    window(p, input, top, left, o, 1, output);
                }
            }
        }
    }
}
