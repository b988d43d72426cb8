/* depthwise_conv2d, int8, NEON: tc_depthwise_conv2d_s8_neon.h. */
#include "tc_depthwise_conv2d_s8_neon.h"
#include "tc_neon.h"
#include "tc_nine_taps_neon.h"
#include "tc_plane_neon.h"

enum { LANES = TC_TAP_LANES, TAPS = TC_TAPS };

/* The products of two taps, added to the sums. */
TC_INLINE void add_taps(int32x4_t *sums, int8x16_t x, int8x16_t w, int8x16_t y, int8x16_t v)
{
    const int16x8_t low = vmlal_s8(vmull_s8(vget_low_s8(x), vget_low_s8(w)), vget_low_s8(y), vget_low_s8(v));
    const int16x8_t high = vmlal_s8(vmull_s8(vget_high_s8(x), vget_high_s8(w)), vget_high_s8(y), vget_high_s8(v));
    sums[0] = vaddw_s16(sums[0], vget_low_s16(low));
    sums[1] = vaddw_s16(sums[1], vget_high_s16(low));
    sums[2] = vaddw_s16(sums[2], vget_low_s16(high));
    sums[3] = vaddw_s16(sums[3], vget_high_s16(high));
}

/* The same for any window. */
static void any_taps(const tc_taps_neon *layout, const int8_t *weights, const int32_t *requant, const int8_t *at,
                     int8_t *to, int32_t count)
{
    for (; count > 0; --count, at += layout->step, to += layout->output_step) {
        const int8_t *w = weights;
        int32x4_t sums[4] = {vld1q_s32(requant), vld1q_s32(requant + 12), vld1q_s32(requant + 24),
                             vld1q_s32(requant + 36)};
        for (int32_t ky = 0; ky < layout->kernel_h; ++ky) {
            const int8_t *x = at + ky * layout->pitch;
            int32_t left = layout->kernel_w;
            for (; left >= 2; left -= 2, x += 2 * layout->tap_step, w += 2 * LANES) {
                add_taps(sums, vld1q_s8(x), vld1q_s8(w), vld1q_s8(x + layout->tap_step), vld1q_s8(w + LANES));
            }
            if (left != 0) {
                const int8x16_t none = vdupq_n_s8(0);
                add_taps(sums, vld1q_s8(x), vld1q_s8(w), none, none);
                w += LANES;
            }
        }
        int8_t *half = to;
        for (int32_t i = 0; i < 4; i += 2, half += 8) {
            tc_write8_neon(sums[i], sums[i + 1], requant + 12 * i, layout->zero_point, half);
        }
    }
}

/* `count` vectors of outputs, of which the last has `last` bytes and the others have `whole`. */
static void row(const tc_taps_neon *layout, const int8_t *weights, const int32_t *requant, const int8_t *at, int8_t *to,
                int32_t count, int32_t whole, int32_t last)
{
    const int nine = layout->kernel_h * layout->kernel_w == TAPS;
    const int32_t direct = whole < LANES ? 0 : (last < LANES ? count - 1 : count);

    if (direct > 0) {
        (nine ? tc_nine_taps_neon : any_taps)(layout, weights, requant, at, to, direct);
        at += direct * layout->step;
        to += direct * layout->output_step;
    }
    for (int32_t i = direct; i < count; ++i, at += layout->step, to += layout->output_step) {
        int8_t spare[LANES];
        (nine ? tc_nine_taps_neon : any_taps)(layout, weights, requant, at, spare, 1);
        for (int32_t j = 0; j < (i + 1 < count ? whole : last); ++j) {
            to[j] = spare[j];
        }
    }
}

void tc_depthwise_conv2d_s8_neon(const tc_depthwise_conv2d_neon_params *p, const int8_t *input, int8_t *output,
                                 void *scratch)
{
    const tc_plane_neon plane = {.input_h = p->input_h,
                                 .input_w = p->input_w,
                                 .channels = p->channels,
                                 .height = (p->output_h - 1) * p->stride_h + (p->kernel_h - 1) * p->dilation_h + 1,
                                 .width = (p->output_w - 1) * p->stride_w + (p->kernel_w - 1) * p->dilation_w + 1,
                                 .top = p->pad_top,
                                 .left = p->pad_left,
                                 .zero_point = p->input_zero_point};
    const int32_t pitch = plane.width * p->channels, lanes = p->together * p->channels,
                  taps = p->kernel_h * p->kernel_w;
    const int32_t count = (p->output_w + p->together - 1) / p->together;
    const int32_t rest = (p->output_w - (count - 1) * p->together) * p->channels; /* bytes of the last pixels */
    tc_taps_neon layout = {.step = p->stride_w * lanes,
                           .output_step = lanes,
                           .pitch = p->dilation_h * pitch,
                           .tap_step = p->dilation_w * p->channels,
                           .zero_point = vdupq_n_s16((int16_t)p->output_zero_point),
                           .kernel_h = p->kernel_h,
                           .kernel_w = p->kernel_w};

    for (int32_t i = 0; i < TAPS && taps == TAPS; ++i) {
        layout.taps[i] = i / p->kernel_w * layout.pitch + i % p->kernel_w * layout.tap_step;
    }
    tc_copy_plane_neon(&plane, input, (int8_t *)scratch);
    for (int32_t lane = 0; lane < lanes; lane += LANES) {
        const int8_t *const weights = p->weights + (ptrdiff_t)lane * taps, *at = (const int8_t *)scratch + lane;
        const int32_t whole = lanes - lane < LANES ? lanes - lane : LANES;
        int8_t *to = output + lane;
        for (int32_t y = 0; y < p->output_h; ++y, at += p->stride_h * pitch, to += p->output_w * p->channels) {
            row(&layout, weights, p->requant + 3 * lane, at, to, count, whole, p->together == 1 ? whole : rest);
        }
    }
    tc_limit_neon(output, p->output_h * p->output_w * p->channels, p->clamp_min, p->clamp_max);
}
