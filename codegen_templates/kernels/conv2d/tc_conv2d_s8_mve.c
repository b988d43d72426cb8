/* conv2d, int8, MVE: tc_conv2d_s8_mve.h. */
#include "tc_conv2d_s8_mve.h"
#include "tc_multiply_rows_mve.h"
#include "tc_mve.h"

/* Copies ``taps`` taps of a window's row, from column ``left`` of the input row on; those outside are the zero point. */
static int8_t *copy_taps(const tc_conv2d_mve_params *p, const int8_t *row, int32_t left, int32_t taps, int8_t *to)
{
    const int32_t codes = p->input_c / p->groups;
    const int32_t before = left < 0 ? (left + taps > 0 ? -left : taps) : 0;
    const int32_t last = left + taps < p->input_w ? left + taps : p->input_w;
    const int32_t inside = last - left - before > 0 ? last - left - before : 0;
    const int32_t after = taps - before - inside;

    to = tc_fill_mve(to, p->input_zero_point, before * codes);
    to = tc_copy_mve(to, row + (left + before) * p->input_c, inside * codes);
    return tc_fill_mve(to, p->input_zero_point, after * codes);
}

/* Copies the window that starts at (top, left). */
TC_NOINLINE static void copy_window(const tc_conv2d_mve_params *p, const int8_t *input, int32_t top, int32_t left,
                                    int8_t *to)
{
    const int32_t together = p->groups == 1 && p->dilation_w == 1 ? p->kernel_w : 1;
    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const int32_t y = top + ky * p->dilation_h;
        if (y < 0 || y >= p->input_h) {
            to = tc_fill_mve(to, p->input_zero_point, p->kernel_w * (p->input_c / p->groups));
            continue;
        }
        const int8_t *row = input + (ptrdiff_t)y * p->input_w * p->input_c;
        for (int32_t kx = 0; kx < p->kernel_w; kx += together) {
            to = copy_taps(p, row, left + kx * p->dilation_w, together, to);
        }
    }
}

/* The same for rows of ``run`` codes side by side that all lie inside the input. */
TC_INLINE void copy_inner_window(const int8_t *from, int32_t run, int32_t rows, int32_t pitch, int8_t *to)
{
    do {
        to = tc_copy_mve(to, from, run);
        from += pitch;
    } while (--rows > 0);
}

void tc_conv2d_s8_mve(const tc_conv2d_mve_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    int8_t *window = (int8_t *)scratch;
    tc_matrix_mve matrix = {p->weights,
                            p->requant,
                            p->kernel_h * p->kernel_w * (p->input_c / p->groups),
                            p->output_c / p->groups,
                            p->output_zero_point,
                            p->clamp_min,
                            p->clamp_max};
    const int32_t fours = (matrix.channels + 3) / 4;
    const int32_t run = p->kernel_w * p->input_c, row = p->input_w * p->input_c;
    const int32_t last_top = p->input_h - 1 - (p->kernel_h - 1) * p->dilation_h;
    /* no window is an inner one where its taps are apart */
    const int32_t last_left = p->groups == 1 && p->dilation_w == 1 ? p->input_w - p->kernel_w : -1;

    for (int32_t group = 0; group < p->groups; ++group) {
        int8_t *pixel = output;
        for (int32_t oy = 0; oy < p->output_h; ++oy) {
            const int32_t top = oy * p->stride_h - p->pad_top;
            for (int32_t ox = 0; ox < p->output_w; ++ox, pixel += p->output_c) {
                const int32_t left = ox * p->stride_w - p->pad_left;
                if (top >= 0 && left >= 0 && top <= last_top && left <= last_left) {
                    copy_inner_window(input + top * row + left * p->input_c, run, p->kernel_h, p->dilation_h * row,
                                      window);
                } else {
                    copy_window(p, input, top, left, window);
                }
                tc_multiply_rows_mve(&matrix, window, pixel, 1, 0, 0);
            }
        }
        matrix.weights += fours * 4 * ((matrix.count + 15) & ~15);
        matrix.requant += fours * 12;
        input += p->input_c / p->groups;
        output += matrix.channels;
    }
}
