/* avg_pool2d, int8, NEON: tc_avg_pool2d_s8_neon.h. */
#include "tc_avg_pool2d_s8_neon.h"
#include "tc_avg_pool2d_window.h"
#include "tc_neon.h"
#include "tc_numerics.h"

/* Sums of eight channels of the pixels inside; 255 codes fit int16. */
static void sum_eight(const tc_avg_pool2d_params *p, const int8_t *input, tc_pool_span rows, tc_pool_span columns,
                      int16_t *sums)
{
    int16x8_t sum = vdupq_n_s16(0);
    for (int32_t y = rows.first; y < rows.last; ++y) {
        const int8_t *pixel = input + ((ptrdiff_t)y * p->input_w + columns.first) * p->channels;
        for (int32_t x = columns.first; x < columns.last; ++x, pixel += p->channels) {
            sum = vaddw_s8(sum, vld1_s8(pixel));
        }
    }
    vst1q_s16(sums, sum);
}

static int16_t sum_one(const tc_avg_pool2d_params *p, const int8_t *input, tc_pool_span rows, tc_pool_span columns)
{
    int32_t sum = 0;
    for (int32_t y = rows.first; y < rows.last; ++y) {
        const int8_t *pixel = input + ((ptrdiff_t)y * p->input_w + columns.first) * p->channels;
        for (int32_t x = columns.first; x < columns.last; ++x, pixel += p->channels) {
            sum += *pixel;
        }
    }
    return (int16_t)sum;
}

static void pool_window(const tc_avg_pool2d_params *p, const int8_t *input, tc_pool_span rows, tc_pool_span columns,
                        int8_t *output)
{
    const int32_t count = rows.counted * columns.counted;
    const int32_t inside = (rows.last - rows.first) * (columns.last - columns.first);
    const int32_t outside = (count - inside) * p->zero_point;

    for (int32_t c = 0, step; c < p->channels; c += step) {
        int16_t sums[8];
        step = p->channels - c >= 8 ? 8 : 1;
        if (step == 8) {
            sum_eight(p, input + c, rows, columns, sums);
        } else {
            sums[0] = sum_one(p, input + c, rows, columns);
        }
        for (int32_t i = 0; i < step; ++i) {
            output[c + i] = (int8_t)tc_clamp(tc_pool_average(sums[i] + outside, count), p->clamp_min, p->clamp_max);
        }
    }
}

void tc_avg_pool2d_s8_neon(const tc_avg_pool2d_params *p, const int8_t *input, int8_t *output)
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
