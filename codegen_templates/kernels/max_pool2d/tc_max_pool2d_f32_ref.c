/* max_pool2d, float32, portable C: pixel by pixel of the window into the output, so that the inner loop is contiguous. */
#include "tc_float.h"
#include "tc_max_pool2d_f32_ref.h"

static void raise_to(const float *pixel, float *output, int32_t channels)
{
    for (int32_t c = 0; c < channels; ++c) {
        output[c] = pixel[c] > output[c] ? pixel[c] : output[c];
    }
}

static void pool_window(const tc_max_pool2d_f32_params *p, const float *input, int32_t top, int32_t left, float *output)
{
    for (int32_t c = 0; c < p->channels; ++c) {
        output[c] = -TC_INFINITY;
    }
    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const int32_t y = top + ky * p->dilation_h;
        if (y < 0 || y >= p->input_h) {
            continue;
        }
        for (int32_t kx = 0; kx < p->kernel_w; ++kx) {
            const int32_t x = left + kx * p->dilation_w;
            if (x >= 0 && x < p->input_w) {
                raise_to(input + ((ptrdiff_t)y * p->input_w + x) * p->channels, output, p->channels);
            }
        }
    }
    for (int32_t c = 0; c < p->channels; ++c) {
        output[c] = tc_clampf(output[c], p->clamp_min, p->clamp_max);
    }
}

void tc_max_pool2d_f32_ref(const tc_max_pool2d_f32_params *p, const float *input, float *output)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->channels) {
            pool_window(p, input, oy * p->stride_h - p->pad_top, ox * p->stride_w - p->pad_left, output);
        }
    }
}
