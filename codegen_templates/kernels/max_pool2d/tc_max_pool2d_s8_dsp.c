/* max_pool2d, int8, DSP extension: four channels at a time, a maximum of four codes is SSUB8 and SEL. */
#include "tc_max_pool2d_s8_dsp.h"
#include "tc_dsp.h"

TC_INLINE int32_t largest(int32_t a, int32_t b)
{
    int32_t y;
    __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(y) : "r"(a), "r"(b) : "cc");
    return y;
}

TC_INLINE int32_t smallest(int32_t a, int32_t b)
{
    int32_t y;
    __asm__("ssub8 %0, %1, %2\n\tsel %0, %2, %1" : "=&r"(y) : "r"(a), "r"(b) : "cc");
    return y;
}

/* Taps of a window along one axis that lie inside the input: the first one, and how many. */
typedef struct {
    int32_t first, count;
} tap_span;

static tap_span inside(int32_t start, int32_t kernel, int32_t dilation, int32_t size)
{
    tap_span s = {start, kernel};
    while (s.first < 0) {
        s.first += dilation;
        --s.count;
    }
    while (s.first + (s.count - 1) * dilation >= size) {
        --s.count;
    }
    return s;
}

static void pool_window(const tc_max_pool2d_params *p, const int8_t *input, tap_span rows, tap_span columns,
                        int8_t *output)
{
    const int32_t low = (int32_t)(0x01010101U * (uint32_t)(uint8_t)p->clamp_min);
    const int32_t high = (int32_t)(0x01010101U * (uint32_t)(uint8_t)p->clamp_max);
    const ptrdiff_t down = (ptrdiff_t)p->dilation_h * p->input_w * p->channels;
    const ptrdiff_t right = (ptrdiff_t)p->dilation_w * p->channels;
    const int8_t *first = input + ((ptrdiff_t)rows.first * p->input_w + columns.first) * p->channels;

    for (int32_t next = 0; next < p->channels; next += 4) {
        /* the last four channels overlap those before them when there is no multiple of four */
        const int32_t channel = next + 4 <= p->channels ? next : p->channels - 4;
        const int8_t *row = first + channel;
        int32_t best = low;
        for (int32_t y = rows.count; y > 0; --y, row += down) {
            const int8_t *pixel = row;
            for (int32_t x = columns.count; x > 0; --x, pixel += right) {
                best = largest(best, tc_load_codes(pixel));
            }
        }
        best = smallest(best, high);
        memcpy(output + channel, &best, sizeof best);
    }
}

void tc_max_pool2d_s8_dsp(const tc_max_pool2d_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        const tap_span rows = inside(oy * p->stride_h - p->pad_top, p->kernel_h, p->dilation_h, p->input_h);
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->channels) {
            pool_window(p, input, rows, inside(ox * p->stride_w - p->pad_left, p->kernel_w, p->dilation_w, p->input_w),
                        output);
        }
    }
}
