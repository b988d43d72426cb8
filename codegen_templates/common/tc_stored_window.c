/* The codes under a window, side by side: tc_stored_window.h. Outside the input they are its zero point. */
#include "tc_stored_window.h"

/* A row of taps that leaves the input, or whose taps lie apart. */
static void copy_taps(const tc_stored_params *p, const int8_t *row, int32_t left, int8_t *window)
{
    for (int32_t kx = 0; kx < p->kernel_w; ++kx, window += p->input_c) {
        const int32_t x = left + kx * p->dilation_w;
        if (x >= 0 && x < p->input_w) {
            memcpy(window, row + (ptrdiff_t)x * p->input_c, (size_t)p->input_c);
        } else {
            memset(window, p->input_zero_point, (size_t)p->input_c);
        }
    }
}

const int8_t *tc_stored_window(const tc_stored_params *p, const int8_t *input, int32_t oy, int32_t ox, int8_t *window)
{
    const int32_t top = oy * p->stride_h - p->pad_top, left = ox * p->stride_w - p->pad_left;
    const int32_t run = p->kernel_w * p->input_c;
    const int32_t together = left >= 0 && left + p->kernel_w <= p->input_w && (p->dilation_w == 1 || p->kernel_w == 1);

    if (p->kernel_h == 1 && together && top >= 0 && top < p->input_h) {
        return input + ((ptrdiff_t)top * p->input_w + left) * p->input_c;
    }
    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const int32_t y = top + ky * p->dilation_h;
        int8_t *to = window + (ptrdiff_t)ky * run;
        if (y < 0 || y >= p->input_h) {
            memset(to, p->input_zero_point, (size_t)run);
        } else if (together) {
            memcpy(to, input + ((ptrdiff_t)y * p->input_w + left) * p->input_c, (size_t)run);
        } else {
            copy_taps(p, input + (ptrdiff_t)y * p->input_w * p->input_c, left, to);
        }
    }
    return window;
}
