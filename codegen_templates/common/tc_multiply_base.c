/*
 * Tiles of four windows, or one, by eight channels: tc_multiply_neon.h.
 *
 * SMULL and SMLAL add two products in int16, SADALP two of those in int32: a sum vector holds two halves of two channels.
 */
#include "tc_multiply_base.h"
#include "tc_tiles_neon.h"

/* clang-format off */

/* Text: eight codes of a window, from the address in `x` on, against eight codes of eight channels in v0 to v3. */
#define WINDOW(sum0, sum1, sum2, sum3, x) \
    "ld1r {v4.4s}, [" x "], #4\n\t"       \
    "ld1r {v5.4s}, [" x "], #4\n\t"       \
    "smull v6.8h, v0.8b, v4.8b\n\t"       \
    "smull2 v7.8h, v0.16b, v4.16b\n\t"    \
    "smull v8.8h, v1.8b, v4.8b\n\t"       \
    "smull2 v9.8h, v1.16b, v4.16b\n\t"    \
    "smlal v6.8h, v2.8b, v5.8b\n\t"       \
    "smlal2 v7.8h, v2.16b, v5.16b\n\t"    \
    "smlal v8.8h, v3.8b, v5.8b\n\t"       \
    "smlal2 v9.8h, v3.16b, v5.16b\n\t"    \
    "sadalp " sum0 ".4s, v6.8h\n\t"       \
    "sadalp " sum1 ".4s, v7.8h\n\t"       \
    "sadalp " sum2 ".4s, v8.8h\n\t"       \
    "sadalp " sum3 ".4s, v9.8h\n\t"

#define EIGHT_CODES                              \
    "ld1 {v0.16b-v3.16b}, [%[weights]], #64\n\t" \
    WINDOW("v16", "v17", "v18", "v19", "x0")     \
    WINDOW("v20", "v21", "v22", "v23", "x1")     \
    WINDOW("v24", "v25", "v26", "v27", "x2")     \
    WINDOW("v28", "v29", "v30", "v31", "x3")

/* Text: the halves put together in a and c, and scaled. */
#define SCALE_HALVES(a, b, c, d)            \
    "addp " a ".4s, " a ".4s, " b ".4s\n\t" \
    "addp " c ".4s, " c ".4s, " d ".4s\n\t" \
    TC_SCALE_TEXT(a, "v0", "v4")            \
    TC_SCALE_TEXT(c, "v1", "v5")

TC_INLINE void tile_4x8(const tc_tiling_neon *tiling, const int8_t *const *windows, const int8_t *weights,
                        const int32_t *requant, int8_t *output, ptrdiff_t pitch)
{
    __asm__ volatile(TC_FOUR_WINDOWS
                     "ldr q0, [%[requant]]\n\t"
                     "ldr q1, [%[requant], #48]\n\t"
                     "movi v2.4s, #0\n\t"
                     "zip1 v16.4s, v0.4s, v2.4s\n\t"
                     "zip2 v17.4s, v0.4s, v2.4s\n\t"
                     "zip1 v18.4s, v1.4s, v2.4s\n\t"
                     "zip2 v19.4s, v1.4s, v2.4s\n\t"
                     TC_COPY4("v16", "v20", "v24", "v28")
                     TC_COPY4("v17", "v21", "v25", "v29")
                     TC_COPY4("v18", "v22", "v26", "v30")
                     TC_COPY4("v19", "v23", "v27", "v31")
                     TC_WINDOW_TEXT(TC_SKIP4,
                                    EIGHT_CODES EIGHT_CODES EIGHT_CODES EIGHT_CODES,
                                    EIGHT_CODES EIGHT_CODES,
                                    EIGHT_CODES)
                     "ldp q0, q4, [%[requant], #16]\n\t"
                     "ldp q1, q5, [%[requant], #64]\n\t"
                     SCALE_HALVES("v16", "v17", "v18", "v19")
                     SCALE_HALVES("v20", "v21", "v22", "v23")
                     SCALE_HALVES("v24", "v25", "v26", "v27")
                     SCALE_HALVES("v28", "v29", "v30", "v31")
                     TC_BEGIN_OUTPUTS
                     TC_WRITE8_TEXT("v16", "v18", "v20", "v22")
                     TC_WRITE8_TEXT("v24", "v26", "v28", "v30")
                     : [weights] "+r"(weights)
                     : TC_TILE_OPERANDS
                     : TC_TILE_CLOBBERS);
}

/* clang-format on */

TC_INLINE void tile_1x8(const tc_tiling_neon *tiling, const int8_t *const *windows, const int8_t *weights,
                        const int32_t *requant, int8_t *output, ptrdiff_t pitch)
{
    const tc_product_neon *p = tiling->product;
    const int32x4_t zero = vdupq_n_s32(0);
    int32x4_t s0 = zero, s1 = zero, s2 = zero, s3 = zero;

    (void)pitch;
    for (int32_t row = 0; row < p->rows; ++row) {
        for (int32_t tap = 0; tap < p->taps; ++tap) {
            const int8_t *x = windows[0] + (ptrdiff_t)row * p->pitch + (ptrdiff_t)tap * p->step;
            for (const int8_t *end = x + tiling->length; x != end; x += 8, weights += 64) {
                const int8x16x4_t w = vld1q_s8_x4(weights);
                const int32x2_t codes = vreinterpret_s32_s8(vld1_s8(x));
                const int8x8_t a = vreinterpret_s8_s32(vdup_lane_s32(codes, 0));
                const int8x8_t b = vreinterpret_s8_s32(vdup_lane_s32(codes, 1));
                s0 = vpadalq_s16(s0, vmlal_s8(vmull_s8(vget_low_s8(w.val[0]), a), vget_low_s8(w.val[2]), b));
                s1 = vpadalq_s16(s1, vmlal_s8(vmull_s8(vget_high_s8(w.val[0]), a), vget_high_s8(w.val[2]), b));
                s2 = vpadalq_s16(s2, vmlal_s8(vmull_s8(vget_low_s8(w.val[1]), a), vget_low_s8(w.val[3]), b));
                s3 = vpadalq_s16(s3, vmlal_s8(vmull_s8(vget_high_s8(w.val[1]), a), vget_high_s8(w.val[3]), b));
            }
        }
    }
    const int32x4_t a = vaddq_s32(vpaddq_s32(s0, s1), vld1q_s32(requant));
    const int32x4_t b = vaddq_s32(vpaddq_s32(s2, s3), vld1q_s32(requant + 12));
    tc_write8_neon(a, b, requant, tiling->zero_point, output);
}

void tc_multiply_base(const tc_product_neon *p, const int8_t *input, int8_t *output)
{
    const tc_tiling_neon tiling = tc_tiling_of(p);
    tc_pixels_neon pixels = tc_pixels_of(p, input);
    const int8_t *windows[4];

    if (pixels.left == 1) {
        tc_all_channels(tile_1x8, &tiling, 1, &input, output, 1);
        return;
    }
    while (pixels.left > 0) {
        const int32_t found = tc_take_pixels(p, &pixels, 4, windows);
        tc_all_channels(tile_4x8, &tiling, 4, windows, output, found);
        output += found * p->output_pitch;
    }
}
