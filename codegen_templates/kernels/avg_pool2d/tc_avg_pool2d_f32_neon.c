/* avg_pool2d, float32, Arm64: sixteen channels of a pixel at a time, then four, some of which may come twice. */
#include "tc_avg_pool2d_f32_neon.h"
#include "tc_avg_pool2d_window.h"
#include "tc_neon.h"

/* `lanes` channels of one window, four or sixteen. */
TC_INLINE void pool(const tc_avg_pool2d_f32_params *p, const float *input, tc_pool_span rows, tc_pool_span columns,
                    float *output, int lanes)
{
    const float32x4_t low = vdupq_n_f32(p->clamp_min), high = vdupq_n_f32(p->clamp_max);
    const float32x4_t count = vdupq_n_f32((float)(rows.counted * columns.counted));
    float32x4_t sums[4];

    for (int i = 0; i < lanes / 4; ++i) {
        sums[i] = vdupq_n_f32(0.0f);
    }
    for (int32_t y = rows.first; y < rows.last; ++y) {
        const float *pixel = input + ((ptrdiff_t)y * p->input_w + columns.first) * p->channels;
        for (int32_t x = columns.first; x < columns.last; ++x, pixel += p->channels) {
            for (int i = 0; i < lanes / 4; ++i) {
                sums[i] = vaddq_f32(sums[i], vld1q_f32(pixel + 4 * i));
            }
        }
    }
    for (int i = 0; i < lanes / 4; ++i) {
        vst1q_f32(output + 4 * i, vminq_f32(vmaxq_f32(vdivq_f32(sums[i], count), low), high));
    }
}

void tc_avg_pool2d_f32_neon(const tc_avg_pool2d_f32_params *p, const float *input, float *output)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        const tc_pool_span rows = tc_pool_window(oy * p->stride_h - p->pad_top, p->kernel_h, p->input_h, p->counted_top,
                                                 p->counted_bottom);
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->channels) {
            const tc_pool_span columns = tc_pool_window(ox * p->stride_w - p->pad_left, p->kernel_w, p->input_w,
                                                        p->counted_left, p->counted_right);
            int32_t c = 0;
            for (; c + 16 <= p->channels; c += 16) {
                pool(p, input + c, rows, columns, output + c, 16);
            }
            for (; c < p->channels; c += 4) {
                const int32_t from = c + 4 <= p->channels ? c : p->channels - 4;
                pool(p, input + from, rows, columns, output + from, 4);
            }
        }
    }
}
