/* depthwise_conv2d, int8, Arm64: tc_depthwise_conv2d_s8_neon.h. */
#include "tc_depthwise_conv2d_s8_neon.h"
#include "tc_neon.h"
#include "tc_plane_neon.h"

enum { LANES = 16, TAPS = 9 };

/* C99 promises strings of 4095 characters; compilers that take asm statements have no such limit. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

/* How windows are read and outputs written. The asm statement knows the offsets. */
typedef struct {
    int64_t taps[TAPS]; /* from the start of a window, where it has nine taps */
    int64_t step, output_step;
    int64_t pitch, tap_step;
    int16x8_t zero_point;
    int32_t kernel_h, kernel_w;
} layout_t;

/* clang-format off */

/* Text: two taps, or one, of the window: products to v2 and v3. */
#define TWO_TAPS(x, y, w, v)                \
    "ldr q0, [%[at], " x "]\n\t"            \
    "ldr q1, [%[at], " y "]\n\t"            \
    "smull v2.8h, v0.8b, " w ".8b\n\t"      \
    "smull2 v3.8h, v0.16b, " w ".16b\n\t"   \
    "smlal v2.8h, v1.8b, " v ".8b\n\t"      \
    "smlal2 v3.8h, v1.16b, " v ".16b\n\t"
#define ONE_TAP(x, w)                       \
    "ldr q0, [%[at], " x "]\n\t"            \
    "smull v2.8h, v0.8b, " w ".8b\n\t"      \
    "smull2 v3.8h, v0.16b, " w ".16b\n\t"
#define ADD(a, b, c, d)                     \
    "saddw v5.4s, " a ".4s, v2.4h\n\t"      \
    "saddw2 v6.4s, " b ".4s, v2.8h\n\t"     \
    "saddw v7.4s, " c ".4s, v3.4h\n\t"      \
    "saddw2 v8.4s, " d ".4s, v3.8h\n\t"
#if TC_SINGLE_ROUNDING
#define SCALE(sums, multiplier, exponent)                     \
    "sqdmulh " sums ".4s, " sums ".4s, " multiplier ".4s\n\t" \
    "srshl " sums ".4s, " sums ".4s, " exponent ".4s\n\t"
#else
#define SCALE(sums, multiplier, exponent)                      \
    "sqrdmulh " sums ".4s, " sums ".4s, " multiplier ".4s\n\t" \
    "ssra " sums ".4s, " sums ".4s, #31\n\t"                   \
    "srshl " sums ".4s, " sums ".4s, " exponent ".4s\n\t"
#endif

/* Vectors of outputs of a row, count of them, by windows of nine taps. */
static void nine_taps(const layout_t *layout, const int8_t *weights, const int32_t *requant, const int8_t *at, int8_t *to,
                      int32_t count)
{
    __asm__ volatile("ldp x1, x2, [%[layout]]\n\t"
                     "ldp x3, x4, [%[layout], #16]\n\t"
                     "ldp x5, x6, [%[layout], #32]\n\t"
                     "ldp x7, x9, [%[layout], #48]\n\t"
                     "ldp x10, x11, [%[layout], #64]\n\t"
                     "ldr x12, [%[layout], #80]\n\t"
                     "ldr q29, [%[layout], #112]\n\t"
                     "ldp q16, q17, [%[weights]]\n\t"
                     "ldp q18, q19, [%[weights], #32]\n\t"
                     "ldp q20, q21, [%[weights], #64]\n\t"
                     "ldp q22, q23, [%[weights], #96]\n\t"
                     "ldr q24, [%[weights], #128]\n\t"
                     "ldr q25, [%[requant]]\n\t"
                     "ldr q26, [%[requant], #48]\n\t"
                     "ldr q27, [%[requant], #96]\n\t"
                     "ldr q28, [%[requant], #144]\n"
                     "1:\n\t"
                     TWO_TAPS("x1", "x2", "v16", "v17")
                     ADD("v25", "v26", "v27", "v28")
                     TWO_TAPS("x3", "x4", "v18", "v19")
                     ADD("v5", "v6", "v7", "v8")
                     TWO_TAPS("x5", "x6", "v20", "v21")
                     ADD("v5", "v6", "v7", "v8")
                     TWO_TAPS("x7", "x9", "v22", "v23")
                     ADD("v5", "v6", "v7", "v8")
                     ONE_TAP("x10", "v24")
                     ADD("v5", "v6", "v7", "v8")
                     "ldp q0, q4, [%[requant], #16]\n\t"
                     "ldp q1, q9, [%[requant], #64]\n\t"
                     "ldp q2, q10, [%[requant], #112]\n\t"
                     "ldp q3, q11, [%[requant], #160]\n\t"
                     "add %[at], %[at], x11\n\t"
                     SCALE("v5", "v0", "v4")
                     SCALE("v6", "v1", "v9")
                     SCALE("v7", "v2", "v10")
                     SCALE("v8", "v3", "v11")
                     "subs %w[count], %w[count], #1\n\t"
                     "sqxtn v5.4h, v5.4s\n\t"
                     "sqxtn v7.4h, v7.4s\n\t"
                     "sqxtn2 v5.8h, v6.4s\n\t"
                     "sqxtn2 v7.8h, v8.4s\n\t"
                     "sqadd v5.8h, v5.8h, v29.8h\n\t"
                     "sqadd v7.8h, v7.8h, v29.8h\n\t"
                     "sqxtn v5.8b, v5.8h\n\t"
                     "sqxtn2 v5.16b, v7.8h\n\t"
                     "st1 {v5.16b}, [%[to]], x12\n\t"
                     "b.ne 1b\n\t"
                     : [at] "+r"(at), [to] "+r"(to), [count] "+r"(count)
                     : [layout] "r"(layout), [weights] "r"(weights), [requant] "r"(requant)
                     : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x9", "x10", "x11", "x12", "v0", "v1", "v2", "v3",
                       "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v16", "v17", "v18", "v19", "v20", "v21",
                       "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "cc", "memory");
}

/* clang-format on */

/* The products of two taps, added to the sums. */
TC_INLINE void add_taps(int32x4_t *sums, int8x16_t x, int8x16_t w, int8x16_t y, int8x16_t v)
{
    const int16x8_t low = vmlal_s8(vmull_s8(vget_low_s8(x), vget_low_s8(w)), vget_low_s8(y), vget_low_s8(v));
    const int16x8_t high = vmlal_high_s8(vmull_high_s8(x, w), y, v);
    sums[0] = vaddw_s16(sums[0], vget_low_s16(low));
    sums[1] = vaddw_high_s16(sums[1], low);
    sums[2] = vaddw_s16(sums[2], vget_low_s16(high));
    sums[3] = vaddw_high_s16(sums[3], high);
}

/* The same for any window. */
static void any_taps(const layout_t *layout, const int8_t *weights, const int32_t *requant, const int8_t *at,
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
static void row(const layout_t *layout, const int8_t *weights, const int32_t *requant, const int8_t *at, int8_t *to,
                int32_t count, int32_t whole, int32_t last)
{
    const int nine = layout->kernel_h * layout->kernel_w == TAPS;
    const int32_t direct = whole < LANES ? 0 : (last < LANES ? count - 1 : count);

    if (direct > 0) {
        (nine ? nine_taps : any_taps)(layout, weights, requant, at, to, direct);
        at += direct * layout->step;
        to += direct * layout->output_step;
    }
    for (int32_t i = direct; i < count; ++i, at += layout->step, to += layout->output_step) {
        int8_t spare[LANES];
        (nine ? nine_taps : any_taps)(layout, weights, requant, at, spare, 1);
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
    layout_t layout = {.step = p->stride_w * lanes,
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
