/* max_pool2d, float32, Arm64: sixteen channels of a pixel at a time, then four, some of which may come twice. */
#include "tc_float.h"
#include "tc_max_pool2d_f32_neon.h"
#include "tc_neon.h"
#include "tc_span_neon.h"

/* `lanes` channels of one window, four or sixteen; `window` is its first pixel inside. */
TC_INLINE void pool(const tc_max_pool2d_f32_params *p, const tc_span_neon *rows, const tc_span_neon *columns,
                    const float *window, float *output, int lanes)
{
    const ptrdiff_t step = (ptrdiff_t)p->dilation_w * p->channels;
    const ptrdiff_t pitch = (ptrdiff_t)p->dilation_h * p->input_w * p->channels;
    float32x4_t best[4];

    for (int i = 0; i < lanes / 4; ++i) {
        best[i] = vdupq_n_f32(-TC_INFINITY);
    }
    for (int32_t y = rows->from; y < rows->to; ++y, window += pitch) {
        const float *pixel = window;
        for (int32_t x = columns->from; x < columns->to; ++x, pixel += step) {
            for (int i = 0; i < lanes / 4; ++i) { /* no FMAX: of two zeros the earlier one stays */
                const float32x4_t tap = vld1q_f32(pixel + 4 * i);
                best[i] = vbslq_f32(vcgtq_f32(tap, best[i]), tap, best[i]);
            }
        }
    }
    for (int i = 0; i < lanes / 4; ++i) {
        vst1q_f32(output + 4 * i, vminq_f32(vmaxq_f32(best[i], vdupq_n_f32(p->clamp_min)), vdupq_n_f32(p->clamp_max)));
    }
}

void tc_max_pool2d_f32_neon(const tc_max_pool2d_f32_params *p, const float *input, float *output)
{
    const tc_axis_neon vertical = {p->input_h, p->output_h, p->kernel_h, p->stride_h, p->dilation_h, p->pad_top};
    const tc_axis_neon horizontal = {p->input_w, p->output_w, p->kernel_w, p->stride_w, p->dilation_w, p->pad_left};

    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        const tc_span_neon rows = tc_taps_neon(&vertical, oy);
        const int32_t y = oy * p->stride_h - p->pad_top + rows.from * p->dilation_h;
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->channels) {
            const tc_span_neon columns = tc_taps_neon(&horizontal, ox);
            const int32_t x = ox * p->stride_w - p->pad_left + columns.from * p->dilation_w;
            const float *const window = input + ((ptrdiff_t)y * p->input_w + x) * p->channels;
            int32_t c = 0;
            for (; c + 16 <= p->channels; c += 16) {
                pool(p, &rows, &columns, window + c, output + c, 16);
            }
            for (; c < p->channels; c += 4) {
                const int32_t from = c + 4 <= p->channels ? c : p->channels - 4;
                pool(p, &rows, &columns, window + from, output + from, 4);
            }
        }
    }
}
