/* avg_pool2d, int8, portable C: any shape. */
#include "tc_avg_pool2d.h"
#include "tc_numerics.h"

/* Part of a window along one axis: [first, last) lies inside the input, counted taps count at all. */
typedef struct {
    int32_t first, last, counted;
} span;

static int32_t overlap(int32_t start, int32_t end, int32_t low, int32_t high)
{
    const int32_t first = start > low ? start : low;
    const int32_t last = end < high ? end : high;
    return last > first ? last - first : 0;
}

static span window_span(int32_t start, int32_t kernel, int32_t size, int32_t before, int32_t after)
{
    span s;
    s.first = start > 0 ? start : 0;
    s.last = s.first + overlap(start, start + kernel, 0, size);
    s.counted = overlap(start, start + kernel, -before, size + after);
    return s;
}

static void pool_window(const tc_avg_pool2d_params *p, const int8_t *input, span rows, span columns, int8_t *output)
{
    const int32_t count = rows.counted * columns.counted;
    const int32_t inside = (rows.last - rows.first) * (columns.last - columns.first);

    for (int32_t c = 0; c < p->channels; ++c) {
        int32_t sum = (count - inside) * p->zero_point;
        for (int32_t y = rows.first; y < rows.last; ++y) {
            const int8_t *pixel = input + ((ptrdiff_t)y * p->input_w + columns.first) * p->channels + c;
            for (int32_t x = columns.first; x < columns.last; ++x, pixel += p->channels) {
                sum += *pixel;
            }
        }
        const int32_t average = (sum >= 0 ? sum + count / 2 : sum - count / 2) / count;
        output[c] = (int8_t)tc_clamp(average, p->clamp_min, p->clamp_max);
    }
}

void tc_avg_pool2d_s8_ref(const tc_avg_pool2d_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        const span rows = window_span(oy * p->stride_h - p->pad_top, p->kernel_h, p->input_h, p->counted_top,
                                      p->counted_bottom);
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->channels) {
            const span columns = window_span(ox * p->stride_w - p->pad_left, p->kernel_w, p->input_w, p->counted_left,
                                             p->counted_right);
            pool_window(p, input, rows, columns, output);
        }
    }
}
