/* max_pool2d, int8, MVE: tc_max_pool2d_s8_mve.h. */
#include "tc_max_pool2d_s8_mve.h"
#include "tc_mve.h"

TC_INLINE void raise_to(const int8_t *pixel, int8_t *output, int32_t channels)
{
    __asm__ volatile("wlstp.8 lr, %[channels], 2f\n"
                     "1:\n\t"
                     "vldrb.8 q0, [%[pixel]], #16\n\t"
                     "vldrb.8 q1, [%[output]]\n\t"
                     "vmax.s8 q0, q0, q1\n\t"
                     "vstrb.8 q0, [%[output]], #16\n\t"
                     "letp lr, 1b\n"
                     "2:"
                     : [pixel] "+r"(pixel), [output] "+r"(output)
                     : [channels] "r"(channels)
                     : "lr", "q0", "q1", "memory");
}

TC_INLINE void lower_to(int32_t limit, int8_t *output, int32_t count)
{
    __asm__ volatile("vdup.8 q1, %[limit]\n\t"
                     "wlstp.8 lr, %[count], 2f\n"
                     "1:\n\t"
                     "vldrb.8 q0, [%[output]]\n\t"
                     "vmin.s8 q0, q0, q1\n\t"
                     "vstrb.8 q0, [%[output]], #16\n\t"
                     "letp lr, 1b\n"
                     "2:"
                     : [output] "+r"(output)
                     : [limit] "r"(limit), [count] "r"(count)
                     : "lr", "q0", "q1", "memory");
}

static void pool_window(const tc_max_pool2d_params *p, const int8_t *input, int32_t top, int32_t left, int8_t *output)
{
    tc_fill_mve(output, p->clamp_min, p->channels);
    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const int32_t y = top + ky * p->dilation_h;
        if (y < 0 || y >= p->input_h) {
            continue;
        }
        const int8_t *row = input + (ptrdiff_t)y * p->input_w * p->channels;
        for (int32_t kx = 0, x = left; kx < p->kernel_w; ++kx, x += p->dilation_w) {
            if (x >= 0 && x < p->input_w) {
                raise_to(row + x * p->channels, output, p->channels);
            }
        }
    }
    if (p->clamp_max < INT8_MAX) {
        lower_to(p->clamp_max, output, p->channels);
    }
}

void tc_max_pool2d_s8_mve(const tc_max_pool2d_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->channels) {
            pool_window(p, input, oy * p->stride_h - p->pad_top, ox * p->stride_w - p->pad_left, output);
        }
    }
}
