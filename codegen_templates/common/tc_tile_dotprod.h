/* Tiles of four windows, or one, by SDOT: a word of four codes of a window against four codes of four channels. */
#ifndef TC_TILE_DOTPROD_H
#define TC_TILE_DOTPROD_H

#include "tc_tiles_neon.h"

#if !defined(__ARM_FEATURE_DOTPROD)
#error "this file needs the flags of [[isa]] dotprod (targets/cores)"
#endif

/* clang-format off */

/* Text: four codes of eight channels, in two vectors, against one word of a window's codes. */
#define TC_DOT2(a, b, window, w0, w1, word)                  \
    "sdot " a ".4s, " w0 ".16b, " window ".4b[" word "]\n\t" \
    "sdot " b ".4s, " w1 ".16b, " window ".4b[" word "]\n\t"

/* Text: of four windows, the first eight channels, and the others. */
#define TC_DOT_LOW(x0, x1, x2, x3, w0, w1, word) \
    TC_DOT2("v16", "v17", x0, w0, w1, word)      \
    TC_DOT2("v20", "v21", x1, w0, w1, word)      \
    TC_DOT2("v24", "v25", x2, w0, w1, word)      \
    TC_DOT2("v28", "v29", x3, w0, w1, word)
#define TC_DOT_HIGH(x0, x1, x2, x3, w0, w1, word) \
    TC_DOT2("v18", "v19", x0, w0, w1, word)       \
    TC_DOT2("v22", "v23", x1, w0, w1, word)       \
    TC_DOT2("v26", "v27", x2, w0, w1, word)       \
    TC_DOT2("v30", "v31", x3, w0, w1, word)

/* Text: eight codes of four windows, two words of the vectors x0 to x3, against sixteen channels, or eight. */
#define TC_DOT_EIGHT_BY_16(x0, x1, x2, x3, first, second) \
    "ld1 {v8.16b-v11.16b}, [%[weights]], #64\n\t"         \
    "ld1 {v12.16b-v15.16b}, [%[others]], #64\n\t"         \
    TC_DOT_LOW(x0, x1, x2, x3, "v8", "v9", first)         \
    TC_DOT_HIGH(x0, x1, x2, x3, "v12", "v13", first)      \
    TC_DOT_LOW(x0, x1, x2, x3, "v10", "v11", second)      \
    TC_DOT_HIGH(x0, x1, x2, x3, "v14", "v15", second)
#define TC_DOT_EIGHT_BY_8(x0, x1, x2, x3, first, second) \
    "ld1 {v8.16b-v11.16b}, [%[weights]], #64\n\t"        \
    TC_DOT_LOW(x0, x1, x2, x3, "v8", "v9", first)        \
    TC_DOT_LOW(x0, x1, x2, x3, "v10", "v11", second)

/* Text: the same for all codes of the windows. */
#define TC_DOT_WINDOWS(eight)                               \
    TC_WINDOW_TEXT(TC_SKIP4,                                \
                   "ldp q0, q4, [x0], #32\n\t"              \
                   "ldp q1, q5, [x1], #32\n\t"              \
                   "ldp q2, q6, [x2], #32\n\t"              \
                   "ldp q3, q7, [x3], #32\n\t"              \
                   eight("v0", "v1", "v2", "v3", "0", "1")  \
                   eight("v0", "v1", "v2", "v3", "2", "3")  \
                   eight("v4", "v5", "v6", "v7", "0", "1")  \
                   eight("v4", "v5", "v6", "v7", "2", "3"), \
                   "ldr q0, [x0], #16\n\t"                  \
                   "ldr q1, [x1], #16\n\t"                  \
                   "ldr q2, [x2], #16\n\t"                  \
                   "ldr q3, [x3], #16\n\t"                  \
                   eight("v0", "v1", "v2", "v3", "0", "1")  \
                   eight("v0", "v1", "v2", "v3", "2", "3"), \
                   "ldr d0, [x0], #8\n\t"                   \
                   "ldr d1, [x1], #8\n\t"                   \
                   "ldr d2, [x2], #8\n\t"                   \
                   "ldr d3, [x3], #8\n\t"                   \
                   eight("v0", "v1", "v2", "v3", "0", "1"))

TC_INLINE void tc_tile_4x16_dotprod(const tc_tiling_neon *tiling, const int8_t *const *windows, const int8_t *weights,
                                    const int32_t *requant, int8_t *output, ptrdiff_t pitch)
{
    const int8_t *others = weights + tiling->block_bytes;
    __asm__ volatile(TC_FOUR_WINDOWS
                     "ldr q16, [%[requant]]\n\t"
                     "ldr q17, [%[requant], #48]\n\t"
                     "ldr q18, [%[requant], #96]\n\t"
                     "ldr q19, [%[requant], #144]\n\t"
                     TC_COPY4("v16", "v20", "v24", "v28")
                     TC_COPY4("v17", "v21", "v25", "v29")
                     TC_COPY4("v18", "v22", "v26", "v30")
                     TC_COPY4("v19", "v23", "v27", "v31")
                     TC_DOT_WINDOWS(TC_DOT_EIGHT_BY_16)
                     "ldp q0, q4, [%[requant], #16]\n\t"
                     "ldp q1, q5, [%[requant], #64]\n\t"
                     "ldp q2, q6, [%[requant], #112]\n\t"
                     "ldp q3, q7, [%[requant], #160]\n\t"
                     TC_SCALE_TEXT("v16", "v0", "v4")
                     TC_SCALE_TEXT("v17", "v1", "v5")
                     TC_SCALE_TEXT("v18", "v2", "v6")
                     TC_SCALE_TEXT("v19", "v3", "v7")
                     TC_SCALE_TEXT("v20", "v0", "v4")
                     TC_SCALE_TEXT("v21", "v1", "v5")
                     TC_SCALE_TEXT("v22", "v2", "v6")
                     TC_SCALE_TEXT("v23", "v3", "v7")
                     TC_SCALE_TEXT("v24", "v0", "v4")
                     TC_SCALE_TEXT("v25", "v1", "v5")
                     TC_SCALE_TEXT("v26", "v2", "v6")
                     TC_SCALE_TEXT("v27", "v3", "v7")
                     TC_SCALE_TEXT("v28", "v0", "v4")
                     TC_SCALE_TEXT("v29", "v1", "v5")
                     TC_SCALE_TEXT("v30", "v2", "v6")
                     TC_SCALE_TEXT("v31", "v3", "v7")
                     TC_BEGIN_OUTPUTS
                     TC_WRITE16_TEXT("v16", "v17", "v18", "v19")
                     TC_WRITE16_TEXT("v20", "v21", "v22", "v23")
                     TC_WRITE16_TEXT("v24", "v25", "v26", "v27")
                     TC_WRITE16_TEXT("v28", "v29", "v30", "v31")
                     : [weights] "+r"(weights), [others] "+r"(others)
                     : TC_TILE_OPERANDS
                     : TC_TILE_CLOBBERS);
}

TC_INLINE void tc_tile_4x8_dotprod(const tc_tiling_neon *tiling, const int8_t *const *windows, const int8_t *weights,
                                   const int32_t *requant, int8_t *output, ptrdiff_t pitch)
{
    __asm__ volatile(TC_FOUR_WINDOWS
                     "ldr q16, [%[requant]]\n\t"
                     "ldr q17, [%[requant], #48]\n\t"
                     TC_COPY4("v16", "v20", "v24", "v28")
                     TC_COPY4("v17", "v21", "v25", "v29")
                     TC_DOT_WINDOWS(TC_DOT_EIGHT_BY_8)
                     "ldp q0, q4, [%[requant], #16]\n\t"
                     "ldp q1, q5, [%[requant], #64]\n\t"
                     TC_SCALE_TEXT("v16", "v0", "v4")
                     TC_SCALE_TEXT("v17", "v1", "v5")
                     TC_SCALE_TEXT("v20", "v0", "v4")
                     TC_SCALE_TEXT("v21", "v1", "v5")
                     TC_SCALE_TEXT("v24", "v0", "v4")
                     TC_SCALE_TEXT("v25", "v1", "v5")
                     TC_SCALE_TEXT("v28", "v0", "v4")
                     TC_SCALE_TEXT("v29", "v1", "v5")
                     TC_BEGIN_OUTPUTS
                     TC_WRITE8_TEXT("v16", "v17", "v20", "v21")
                     TC_WRITE8_TEXT("v24", "v25", "v28", "v29")
                     : [weights] "+r"(weights)
                     : TC_TILE_OPERANDS
                     : TC_TILE_CLOBBERS);
}

/* clang-format on */

/* One window. */
TC_INLINE void tc_tile_1x8_dotprod(const tc_tiling_neon *tiling, const int8_t *const *windows, const int8_t *weights,
                                   const int32_t *requant, int8_t *output, ptrdiff_t pitch)
{
    const tc_product_neon *p = tiling->product;
    int32x4_t a = vld1q_s32(requant), b = vld1q_s32(requant + 12);

    (void)pitch;
    for (int32_t row = 0; row < p->rows; ++row) {
        for (int32_t tap = 0; tap < p->taps; ++tap) {
            const int8_t *x = windows[0] + (ptrdiff_t)row * p->pitch + (ptrdiff_t)tap * p->step;
            for (const int8_t *end = x + tiling->length; x != end; x += 8, weights += 64) {
                const int8x8_t codes = vld1_s8(x);
                const int8x16x4_t w = vld1q_s8_x4(weights);
                a = vdotq_lane_s32(a, w.val[0], codes, 0);
                b = vdotq_lane_s32(b, w.val[1], codes, 0);
                a = vdotq_lane_s32(a, w.val[2], codes, 1);
                b = vdotq_lane_s32(b, w.val[3], codes, 1);
            }
        }
    }
    tc_write8_neon(a, b, requant, tiling->zero_point, output);
}

/* All channels of four windows, of which `found` exist: sixteen at a time, then eight. */
TC_INLINE void tc_channels_dotprod(const tc_tiling_neon *tiling, const int8_t *const *windows, int8_t *output,
                                   int32_t found)
{
    const int8_t *weights = tiling->product->weights;
    const int32_t *requant = tiling->product->requant;
    int32_t left = tiling->product->channels;

    for (; left > 8; left -= 16, weights += 2 * tiling->block_bytes, requant += 48, output += 16) {
        tc_run_tile(tc_tile_4x16_dotprod, tiling, 4, 16, windows, weights, requant, output, found, left);
    }
    if (left > 0) {
        tc_run_tile(tc_tile_4x8_dotprod, tiling, 4, 8, windows, weights, requant, output, found, left);
    }
}

/* All channels of the only window. */
TC_INLINE void tc_single_dotprod(const tc_tiling_neon *tiling, const int8_t *window, int8_t *output)
{
    const int8_t *weights = tiling->product->weights;
    const int32_t *requant = tiling->product->requant;
    for (int32_t left = tiling->product->channels; left > 0; left -= 8) {
        tc_run_tile(tc_tile_1x8_dotprod, tiling, 1, 8, &window, weights, requant, output, 1, left);
        weights += tiling->block_bytes;
        requant += 24;
        output += 8;
    }
}

#endif
