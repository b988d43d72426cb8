/* max_pool2d, int8, NEON: tc_max_pool2d_s8_neon.h. */
#include "tc_max_pool2d_s8_neon.h"
#include "tc_neon.h"

/* The taps of a window that lie inside the input, along one axis: `count` from `first` on, `step` elements apart. */
typedef struct {
    int32_t first, count, step;
} taps_t;

static taps_t inside(int32_t start, int32_t kernel, int32_t dilation, int32_t size)
{
    const int32_t skipped = start < 0 ? (-start + dilation - 1) / dilation : 0;
    const taps_t taps = {start + skipped * dilation, 0, dilation};
    const int32_t room = taps.first < size ? (size - 1 - taps.first) / dilation + 1 : 0;
    taps_t found = taps;
    found.count = kernel - skipped < room ? kernel - skipped : room;
    return found;
}

/* The largest of each of sixteen, eight or one channels of the taps. */
#define LARGEST(type, first, load, largest)                                                       \
    type top = first;                                                                             \
    for (int32_t i = 0; i < rows.count; ++i) {                                                    \
        const int8_t *x = from + ((ptrdiff_t)i * rows.step * p->input_w) * p->channels;           \
        for (int32_t j = 0; j < columns.count; ++j, x += (ptrdiff_t)columns.step * p->channels) { \
            top = largest(top, load(x));                                                          \
        }                                                                                         \
    }

static void pool_window(const tc_max_pool2d_params *p, const int8_t *input, taps_t rows, taps_t columns, int8_t *to)
{
    const int8_t *from = input + ((ptrdiff_t)rows.first * p->input_w + columns.first) * p->channels;
    const int8x16_t low = vdupq_n_s8((int8_t)p->clamp_min), high = vdupq_n_s8((int8_t)p->clamp_max);
    int32_t left = p->channels;

    for (; left >= 16; left -= 16, from += 16, to += 16) {
        LARGEST(int8x16_t, low, vld1q_s8, vmaxq_s8)
        vst1q_s8(to, vminq_s8(top, high));
    }
    for (; left >= 8; left -= 8, from += 8, to += 8) {
        LARGEST(int8x8_t, vget_low_s8(low), vld1_s8, vmax_s8)
        vst1_s8(to, vmin_s8(top, vget_low_s8(high)));
    }
    for (; left > 0; --left, ++from, ++to) {
        LARGEST(int8x8_t, vget_low_s8(low), vld1_dup_s8, vmax_s8)
        vst1_lane_s8(to, vmin_s8(top, vget_low_s8(high)), 0);
    }
}

void tc_max_pool2d_s8_neon(const tc_max_pool2d_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        const taps_t rows = inside(oy * p->stride_h - p->pad_top, p->kernel_h, p->dilation_h, p->input_h);
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->channels) {
            const taps_t columns = inside(ox * p->stride_w - p->pad_left, p->kernel_w, p->dilation_w, p->input_w);
            pool_window(p, input, rows, columns, output);
        }
    }
}
