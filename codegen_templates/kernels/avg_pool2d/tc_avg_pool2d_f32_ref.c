/* avg_pool2d, float32, portable C: any shape. */
#include "tc_avg_pool2d_f32_ref.h"
#include "tc_avg_pool2d_window.h"
#include "tc_float.h"

static void pool_window(const tc_avg_pool2d_f32_params *p, const float *input, tc_pool_span rows, tc_pool_span columns,
                        float *output)
{
    const float count = (float)(rows.counted * columns.counted);

    for (int32_t c = 0; c < p->channels; ++c) {
        float sum = 0.0f;
        for (int32_t y = rows.first; y < rows.last; ++y) {
            const float *pixel = input + ((ptrdiff_t)y * p->input_w + columns.first) * p->channels + c;
            for (int32_t x = columns.first; x < columns.last; ++x, pixel += p->channels) {
                sum += *pixel;
            }
        }
        output[c] = tc_clampf(sum / count, p->clamp_min, p->clamp_max);
    }
}

void tc_avg_pool2d_f32_ref(const tc_avg_pool2d_f32_params *p, const float *input, float *output)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        const tc_pool_span rows = tc_pool_window(oy * p->stride_h - p->pad_top, p->kernel_h, p->input_h, p->counted_top,
                                                 p->counted_bottom);
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->channels) {
            const tc_pool_span columns = tc_pool_window(ox * p->stride_w - p->pad_left, p->kernel_w, p->input_w,
                                                        p->counted_left, p->counted_right);
            pool_window(p, input, rows, columns, output);
        }
    }
}
