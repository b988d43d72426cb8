/* avg_pool2d, int8, DSP extension: four channels at a time, two sums in each register. */
#include "tc_avg_pool2d_s8_dsp.h"
#include "tc_avg_pool2d_window.h"
#include "tc_dsp.h"
#include "tc_numerics.h"

static void pool_window(const tc_avg_pool2d_params *p, const int8_t *input, tc_pool_span rows, tc_pool_span columns,
                        int8_t *output)
{
    const int32_t count = rows.counted * columns.counted;
    const int32_t inside = (rows.last - rows.first) * (columns.last - columns.first);
    const int32_t padded = (count - inside) * p->zero_point;
    const int8_t *first = input + ((ptrdiff_t)rows.first * p->input_w + columns.first) * p->channels;

    for (int32_t next = 0; next < p->channels; next += 4) {
        /* the last four channels overlap those before them when there is no multiple of four */
        const int32_t channel = next + 4 <= p->channels ? next : p->channels - 4;
        const int8_t *row = first + channel;
        int32_t even = 0, odd = 0;
        for (int32_t y = rows.first; y < rows.last; ++y, row += (ptrdiff_t)p->input_w * p->channels) {
            const int8_t *pixel = row;
            for (int32_t x = columns.first; x < columns.last; ++x, pixel += p->channels) {
                const int32_t codes = tc_load_codes(pixel);
                __asm__("sxtab16 %0, %0, %1" : "+r"(even) : "r"(codes));
                __asm__("sxtab16 %0, %0, %1, ror #8" : "+r"(odd) : "r"(codes));
            }
        }
        const int32_t sums[4] = {(int16_t)even, (int16_t)odd, even >> 16, odd >> 16};
        for (int32_t i = 0; i < 4; ++i) {
            const int32_t average = tc_pool_average(sums[i] + padded, count);
            output[channel + i] = (int8_t)tc_clamp(average, p->clamp_min, p->clamp_max);
        }
    }
}

void tc_avg_pool2d_s8_dsp(const tc_avg_pool2d_params *p, const int8_t *input, int8_t *output)
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
