/*
 * tc_multiply_neon on Armv7-A: tiles of two windows, or one, by eight channels (tc_multiply_neon.h).
 *
 * VMULL and VMLAL add two products in int16, VPADAL two of those in int32: a sum vector holds two halves of two channels.
 * The sums of two windows are half of the sixteen registers; an asm statement with the others for itself does not spill
 * them.
 */
#include "tc_multiply_neon.h"
#include "tc_tiling_neon.h"

/* clang-format off */

/* Text: eight codes of eight channels to q0 to q3. */
#define WEIGHTS                              \
    "vld1.8 {d0-d3}, [%[weights]]!\n\t"      \
    "vld1.8 {d4-d7}, [%[weights]]!\n\t"

/* Text: eight codes of a window, from the address in `x` on, against those weights. */
#define WINDOW(x, sum0, sum1, sum2, sum3)    \
    "vld1.32 {d8[]}, [" x "]!\n\t"           \
    "vld1.32 {d9[]}, [" x "]!\n\t"           \
    "vmull.s8 q5, d0, d8\n\t"                \
    "vmull.s8 q6, d1, d8\n\t"                \
    "vmull.s8 q7, d2, d8\n\t"                \
    "vmlal.s8 q5, d4, d9\n\t"                \
    "vmlal.s8 q6, d5, d9\n\t"                \
    "vmlal.s8 q7, d6, d9\n\t"                \
    "vpadal.s16 " sum0 ", q5\n\t"            \
    "vmull.s8 q5, d3, d8\n\t"                \
    "vpadal.s16 " sum1 ", q6\n\t"            \
    "vmlal.s8 q5, d7, d9\n\t"                \
    "vpadal.s16 " sum2 ", q7\n\t"            \
    "vpadal.s16 " sum3 ", q5\n\t"

#define ONE WEIGHTS WINDOW("%[x]", "%q[s0]", "%q[s1]", "%q[s2]", "%q[s3]")
#define TWO ONE WINDOW("%[y]", "%q[s4]", "%q[s5]", "%q[s6]", "%q[s7]")

/* Multiplies by `text` what `x` and `y`, or `x`, have next, and moves on. */
#define MULTIPLY_TWO(text)                                                                                        \
    __asm__ volatile(text : [x] "+r"(x), [y] "+r"(y), [weights] "+r"(weights), [s0] "+w"(s0), [s1] "+w"(s1),      \
                            [s2] "+w"(s2), [s3] "+w"(s3), [s4] "+w"(s4), [s5] "+w"(s5), [s6] "+w"(s6), [s7] "+w"(s7) \
                     : : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "memory")
#define MULTIPLY_ONE(text)                                                                                        \
    __asm__ volatile(text : [x] "+r"(x), [weights] "+r"(weights), [s0] "+w"(s0), [s1] "+w"(s1),                   \
                            [s2] "+w"(s2), [s3] "+w"(s3)                                                          \
                     : : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "memory")

/* clang-format on */

/* Puts the halves of eight channels together, and writes the outputs of a window. */
TC_INLINE void write_window(int32x4_t s0, int32x4_t s1, int32x4_t s2, int32x4_t s3, const int32_t *requant,
                            int16x8_t zero_point, int8_t *output)
{
    const int32x4_t a = vcombine_s32(vpadd_s32(vget_low_s32(s0), vget_high_s32(s0)),
                                     vpadd_s32(vget_low_s32(s1), vget_high_s32(s1)));
    const int32x4_t b = vcombine_s32(vpadd_s32(vget_low_s32(s2), vget_high_s32(s2)),
                                     vpadd_s32(vget_low_s32(s3), vget_high_s32(s3)));
    tc_write8_neon(vaddq_s32(a, vld1q_s32(requant)), vaddq_s32(b, vld1q_s32(requant + 12)), requant, zero_point,
                   output);
}

TC_INLINE void tile_2x8(const tc_tiling_neon *tiling, const int8_t *const *windows, const int8_t *weights,
                        const int32_t *requant, int8_t *output, ptrdiff_t pitch)
{
    const int8_t *x = windows[0], *y = windows[1];
    int32x4_t s0 = vdupq_n_s32(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;

    for (ptrdiff_t row = 0; row < tiling->rows; ++row, x += tiling->row_gap, y += tiling->row_gap) {
        for (ptrdiff_t tap = 0; tap < tiling->taps; ++tap, x += tiling->tap_gap, y += tiling->tap_gap) {
            for (ptrdiff_t pairs = tiling->pairs; pairs > 0; --pairs) {
                MULTIPLY_TWO(TWO TWO TWO TWO);
            }
            if (tiling->length & 16) {
                MULTIPLY_TWO(TWO TWO);
            }
            if (tiling->length & 8) {
                MULTIPLY_TWO(TWO);
            }
        }
    }
    write_window(s0, s1, s2, s3, requant, tiling->zero_point, output);
    write_window(s4, s5, s6, s7, requant, tiling->zero_point, output + pitch);
}

TC_INLINE void tile_1x8(const tc_tiling_neon *tiling, const int8_t *const *windows, const int8_t *weights,
                        const int32_t *requant, int8_t *output, ptrdiff_t pitch)
{
    const int8_t *x = windows[0];
    int32x4_t s0 = vdupq_n_s32(0), s1 = s0, s2 = s0, s3 = s0;

    (void)pitch;
    for (ptrdiff_t row = 0; row < tiling->rows; ++row, x += tiling->row_gap) {
        for (ptrdiff_t tap = 0; tap < tiling->taps; ++tap, x += tiling->tap_gap) {
            for (ptrdiff_t pairs = tiling->pairs; pairs > 0; --pairs) {
                MULTIPLY_ONE(ONE ONE ONE ONE);
            }
            if (tiling->length & 16) {
                MULTIPLY_ONE(ONE ONE);
            }
            if (tiling->length & 8) {
                MULTIPLY_ONE(ONE);
            }
        }
    }
    write_window(s0, s1, s2, s3, requant, tiling->zero_point, output);
}

void tc_multiply_neon(const tc_product_neon *p, const int8_t *input, int8_t *output)
{
    const tc_tiling_neon tiling = tc_tiling_of(p);
    tc_pixels_neon pixels = tc_pixels_of(p, input);
    const int8_t *windows[2];

    if (pixels.left == 1) {
        tc_all_channels(tile_1x8, &tiling, 1, &input, output, 1);
        return;
    }
    while (pixels.left > 0) {
        const int32_t found = tc_take_pixels(p, &pixels, 2, windows);
        tc_all_channels(tile_2x8, &tiling, 2, windows, output, found);
        output += found * p->output_pitch;
    }
}
