/*
 * Tiles of eight windows by eight channels: tc_multiply_neon.h.
 *
 * SMMLA multiplies two windows with two channels, eight codes of each: a sum vector is [window][channel]. The weights are
 * packed for SDOT; two of their vectors are put together to two vectors of two channels.
 */
#include "tc_multiply_i8mm.h"
#include "tc_tile_dotprod.h"

#if !defined(__ARM_FEATURE_MATMUL_INT8)
#error "this file needs the flags of [[isa]] i8mm (targets/cores)"
#endif

/* clang-format off */

/* Text: eight codes of eight channels, by pairs of channels, to four vectors; v0 to v3 are changed. */
#define LOAD_WEIGHTS(a, b, c, d)                 \
    "ld1 {v0.16b-v3.16b}, [%[weights]], #64\n\t" \
    "zip1 " a ".4s, v0.4s, v2.4s\n\t"            \
    "zip2 " b ".4s, v0.4s, v2.4s\n\t"            \
    "zip1 " c ".4s, v1.4s, v3.4s\n\t"            \
    "zip2 " d ".4s, v1.4s, v3.4s\n\t"

#define MULTIPLY(sum0, sum1, sum2, sum3, x, a, b, c, d) \
    "smmla " sum0 ".4s, " x ".16b, " a ".16b\n\t"       \
    "smmla " sum1 ".4s, " x ".16b, " b ".16b\n\t"       \
    "smmla " sum2 ".4s, " x ".16b, " c ".16b\n\t"       \
    "smmla " sum3 ".4s, " x ".16b, " d ".16b\n\t"

/* Text: sixteen codes, or eight, of two windows, whose addresses are in x and y; v(t0) to v(t3) are changed. */
#define PAIR16(sum0, sum1, sum2, sum3, x, y, t0, t1, t2, t3)         \
    "ldr q" t0 ", [" x ", x9]\n\t"                                   \
    "ldr q" t1 ", [" y ", x9]\n\t"                                   \
    "zip1 v" t2 ".2d, v" t0 ".2d, v" t1 ".2d\n\t"                    \
    "zip2 v" t3 ".2d, v" t0 ".2d, v" t1 ".2d\n\t"                    \
    MULTIPLY(sum0, sum1, sum2, sum3, "v" t2, "v4", "v5", "v6", "v7") \
    MULTIPLY(sum0, sum1, sum2, sum3, "v" t3, "v12", "v13", "v14", "v15")
#define PAIR8(sum0, sum1, sum2, sum3, x, y) \
    "ldr d8, [" x ", x9]\n\t"               \
    "ldr d9, [" y ", x9]\n\t"               \
    "zip1 v10.2d, v8.2d, v9.2d\n\t"         \
    MULTIPLY(sum0, sum1, sum2, sum3, "v10", "v4", "v5", "v6", "v7")

/* Text: the outputs of two windows, from vectors of two windows by two channels. */
#define WRITE_PAIR(a, b, c, d)              \
    "zip1 v10.2d, " a ".2d, " b ".2d\n\t"   \
    "zip2 v11.2d, " a ".2d, " b ".2d\n\t"   \
    "zip1 " b ".2d, " c ".2d, " d ".2d\n\t" \
    "zip2 " d ".2d, " c ".2d, " d ".2d\n\t" \
    TC_SCALE_TEXT("v10", "v0", "v4")        \
    TC_SCALE_TEXT(b, "v1", "v5")            \
    TC_SCALE_TEXT("v11", "v0", "v4")        \
    TC_SCALE_TEXT(d, "v1", "v5")            \
    TC_WRITE8_TEXT("v10", b, "v11", d)

/* Text: windows are read x9 bytes behind their starts. */
#define SKIP(bytes) "add x9, x9, " bytes "\n\t"

/* Text: sixteen codes of all windows. */
#define SIXTEEN_CODES                                                         \
    LOAD_WEIGHTS("v4", "v5", "v6", "v7")                                      \
    LOAD_WEIGHTS("v12", "v13", "v14", "v15")                                  \
    PAIR16("v16", "v17", "v18", "v19", "x0", "x1", "8", "9", "10", "11")      \
    PAIR16("v20", "v21", "v22", "v23", "x2", "x3", "0", "1", "2", "3")        \
    PAIR16("v24", "v25", "v26", "v27", "x4", "x5", "8", "9", "10", "11")      \
    PAIR16("v28", "v29", "v30", "v31", "x6", "x7", "0", "1", "2", "3")        \
    "add x9, x9, #16\n\t"

TC_INLINE void tile_8x8(const tc_tiling_neon *tiling, const int8_t *const *windows, const int8_t *weights,
                        const int32_t *requant, int8_t *output, ptrdiff_t pitch)
{
    __asm__ volatile(TC_FOUR_WINDOWS
                     "ldp x4, x5, [%[windows], #32]\n\t"
                     "ldp x6, x7, [%[windows], #48]\n\t"
                     "ldr q0, [%[requant]]\n\t"
                     "ldr q1, [%[requant], #48]\n\t"
                     "zip1 v16.2d, v0.2d, v0.2d\n\t"
                     "zip2 v17.2d, v0.2d, v0.2d\n\t"
                     "zip1 v18.2d, v1.2d, v1.2d\n\t"
                     "zip2 v19.2d, v1.2d, v1.2d\n\t"
                     TC_COPY4("v16", "v20", "v24", "v28")
                     TC_COPY4("v17", "v21", "v25", "v29")
                     TC_COPY4("v18", "v22", "v26", "v30")
                     TC_COPY4("v19", "v23", "v27", "v31")
                     TC_WINDOW_TEXT(SKIP,
                                    SIXTEEN_CODES SIXTEEN_CODES,
                                    SIXTEEN_CODES,
                                    LOAD_WEIGHTS("v4", "v5", "v6", "v7")
                                    PAIR8("v16", "v17", "v18", "v19", "x0", "x1")
                                    PAIR8("v20", "v21", "v22", "v23", "x2", "x3")
                                    PAIR8("v24", "v25", "v26", "v27", "x4", "x5")
                                    PAIR8("v28", "v29", "v30", "v31", "x6", "x7")
                                    "add x9, x9, #8\n\t")
                     "ldp q0, q4, [%[requant], #16]\n\t"
                     "ldp q1, q5, [%[requant], #64]\n\t"
                     TC_BEGIN_OUTPUTS
                     WRITE_PAIR("v16", "v17", "v18", "v19")
                     WRITE_PAIR("v20", "v21", "v22", "v23")
                     WRITE_PAIR("v24", "v25", "v26", "v27")
                     WRITE_PAIR("v28", "v29", "v30", "v31")
                     : [weights] "+r"(weights)
                     : TC_TILE_OPERANDS
                     : TC_TILE_CLOBBERS);
}

/* clang-format on */

/* All channels of eight windows, of which `found` exist. */
TC_INLINE void channels_i8mm(const tc_tiling_neon *tiling, const int8_t *const *windows, int8_t *output, int32_t found)
{
    const int8_t *weights = tiling->product->weights;
    const int32_t *requant = tiling->product->requant;
    for (int32_t left = tiling->product->channels; left > 0; left -= 8) {
        tc_run_tile(tile_8x8, tiling, 8, 8, windows, weights, requant, output, found, left);
        weights += tiling->block_bytes;
        requant += 24;
        output += 8;
    }
}

void tc_multiply_i8mm(const tc_product_neon *p, const int8_t *input, int8_t *output)
{
    const tc_tiling_neon tiling = tc_tiling_of(p);
    tc_pixels_neon pixels = tc_pixels_of(p, input);
    const int8_t *windows[TC_TILE_PIXELS];

    if (pixels.left == 1) {
        tc_single_dotprod(&tiling, input, output);
        return;
    }
    while (pixels.left > 4) {
        const int32_t found = tc_take_pixels(p, &pixels, 8, windows);
        channels_i8mm(&tiling, windows, output, found);
        output += found * p->output_pitch;
    }
    if (pixels.left > 0) {
        const int32_t found = tc_take_pixels(p, &pixels, 4, windows);
        tc_channels_dotprod(&tiling, windows, output, found);
    }
}
