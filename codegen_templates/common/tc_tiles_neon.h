/*
 * What the tiles of tc_multiply_neon share: some windows by eight or sixteen channels, their sums in v16 to v31.
 *
 * A tile is one asm statement, so that no compiler spills its sums.
 */
#ifndef TC_TILES_NEON_H
#define TC_TILES_NEON_H

#include "tc_multiply_neon.h"
#include "tc_neon.h"

/* C99 promises strings of 4095 characters; compilers that take asm statements have no such limit. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

/* Most windows of a tile, and most channels. */
enum { TC_TILE_PIXELS = 8, TC_TILE_CHANNELS = 16 };

/* The output pixels that are left, and the window of the next one. */
typedef struct {
    const int8_t *at, *row;
    int32_t left, columns;
} tc_pixels_neon;

/* What is the same for all tiles of a product. The asm statements know the offsets. */
typedef struct {
    int64_t length, pairs; /* codes of a run, as they are read; in pairs of sixteen */
    int64_t taps, tap_gap; /* runs of a row, and bytes from the end of one to the next */
    int64_t rows, row_gap;
    int64_t output_pitch, block_bytes; /* the latter of the weights of eight channels */
    int16x8_t zero_point;
    const tc_product_neon *product;
} tc_tiling_neon;

TC_INLINE tc_tiling_neon tc_tiling_of(const tc_product_neon *p)
{
    const int32_t length = (p->run + 7) & ~7;
    tc_tiling_neon tiling;
    tiling.length = length;
    tiling.pairs = length / 32;
    tiling.rows = p->taps == 1 ? 1 : p->rows; /* rows of one run each are one row of runs */
    tiling.taps = p->taps == 1 ? p->rows : p->taps;
    tiling.tap_gap = (p->taps == 1 ? p->pitch : p->step) - length;
    tiling.row_gap = p->pitch - p->taps * p->step;
    tiling.output_pitch = p->output_pitch;
    tiling.block_bytes = (int64_t)8 * p->rows * p->taps * length;
    tiling.zero_point = vdupq_n_s16((int16_t)p->output_zero_point);
    tiling.product = p;
    return tiling;
}

TC_INLINE tc_pixels_neon tc_pixels_of(const tc_product_neon *p, const int8_t *input)
{
    const tc_pixels_neon pixels = {input, input, p->width * p->height, p->width};
    return pixels;
}

TC_INLINE void tc_next_row(const tc_product_neon *p, tc_pixels_neon *pixels)
{
    pixels->row += p->step_y;
    pixels->at = pixels->row;
    pixels->columns = p->width;
}

/* Finds the next `count` windows; where fewer are left, the last one stands for the others. Returns how many there are. */
TC_INLINE int32_t tc_take_pixels(const tc_product_neon *p, tc_pixels_neon *pixels, int32_t count,
                                 const int8_t **windows)
{
    if (pixels->columns >= count) { /* all in one row */
        for (int32_t i = 0; i < count; ++i, pixels->at += p->step_x) {
            windows[i] = pixels->at;
        }
        pixels->columns -= count;
        pixels->left -= count;
        if (pixels->columns == 0) {
            tc_next_row(p, pixels);
        }
        return count;
    }
    const int32_t found = pixels->left < count ? pixels->left : count;
    for (int32_t i = 0; i < count; ++i) {
        windows[i] = pixels->at;
        if (i + 1 < found) {
            pixels->at += p->step_x;
            if (--pixels->columns == 0) {
                tc_next_row(p, pixels);
            }
        }
    }
    pixels->left -= found;
    if (--pixels->columns == 0) {
        tc_next_row(p, pixels);
    } else {
        pixels->at += p->step_x;
    }
    return found;
}

/* A tile: computes and writes all of its outputs, a window's `pitch` bytes after those of the one before. */
typedef void tc_tile_neon(const tc_tiling_neon *tiling, const int8_t *const *windows, const int8_t *weights,
                          const int32_t *requant, int8_t *output, int64_t pitch);

/* Copies what exists of a tile's outputs. */
TC_NOINLINE static void tc_copy_found(const int8_t (*from)[TC_TILE_CHANNELS], int32_t found, int32_t channels,
                                      int8_t *to, int64_t pitch)
{
    for (int32_t i = 0; i < found; ++i, to += pitch) {
        for (int32_t c = 0; c < channels; ++c) {
            to[c] = from[i][c];
        }
    }
}

/* Runs a tile of `count` windows and `channels` channels, of which only `found` and `left` exist. */
TC_INLINE void tc_run_tile(tc_tile_neon *tile, const tc_tiling_neon *tiling, int32_t count, int32_t channels,
                           const int8_t *const *windows, const int8_t *weights, const int32_t *requant, int8_t *output,
                           int32_t found, int32_t left)
{
    const int whole = found == count && left >= channels;
    int partial = !whole;
    int8_t spare[TC_TILE_PIXELS][TC_TILE_CHANNELS];

    tile(tiling, windows, weights, requant, whole ? output : spare[0], whole ? tiling->output_pitch : TC_TILE_CHANNELS);
    __asm__("" : "+r"(partial)); /* else compilers make a second tile for what follows from it */
    if (partial) {
        tc_copy_found((const int8_t (*)[TC_TILE_CHANNELS])spare, found, left < channels ? left : channels, output,
                      tiling->output_pitch);
    }
}

/* clang-format off */

/*
 * Text: goes through rows, taps and runs; `thirty_two`, `sixteen` and `eight` multiply that many codes and move on,
 * `skip` moves on by the bytes in its register. Needs TC_TILE_OPERANDS; x9 to x16 are changed, x9 is 0 at first.
 */
#define TC_WINDOW_TEXT(skip, thirty_two, sixteen, eight) \
    "ldp x12, x11, [%[tiling]]\n\t"                      \
    "ldp x14, x15, [%[tiling], #16]\n\t"                 \
    "ldr x16, [%[tiling], #32]\n\t"                      \
    "mov x9, #0\n"                                       \
    "1:\n\t"                                             \
    "mov x13, x14\n"                                     \
    "2:\n\t"                                             \
    "cbz x11, 4f\n\t"                                    \
    "mov x10, x11\n"                                     \
    "3:\n\t"                                             \
    thirty_two                                           \
    "subs x10, x10, #1\n\t"                              \
    "b.ne 3b\n"                                          \
    "4:\n\t"                                             \
    "tbz x12, #4, 5f\n\t"                                \
    sixteen                                              \
    "5:\n\t"                                             \
    "tbz x12, #3, 6f\n\t"                                \
    eight                                                \
    "6:\n\t"                                             \
    skip("x15")                                          \
    "subs x13, x13, #1\n\t"                              \
    "b.ne 2b\n\t"                                        \
    "subs x16, x16, #1\n\t"                              \
    "b.eq 7f\n\t"                                        \
    "ldr x10, [%[tiling], #40]\n\t"                      \
    skip("x10")                                          \
    "b 1b\n"                                             \
    "7:\n\t"

/* Text: moves four windows, in x0 to x3. */
#define TC_SKIP4(bytes)           \
    "add x0, x0, " bytes "\n\t"   \
    "add x1, x1, " bytes "\n\t"   \
    "add x2, x2, " bytes "\n\t"   \
    "add x3, x3, " bytes "\n\t"

#define TC_TILE_OPERANDS                                                                                         \
    [tiling] "r"(tiling), [windows] "r"(windows), [requant] "r"(requant), [outputs] "r"(output), [pitch] "r"(pitch)

#define TC_TILE_CLOBBERS                                                                                               \
    "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "v0", "v1", "v2", "v3",   \
        "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19",      \
        "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31", "cc", "memory"

/* Text: a vector to three others. */
#define TC_COPY4(a, b, c, d)       \
    "mov " b ".16b, " a ".16b\n\t" \
    "mov " c ".16b, " a ".16b\n\t" \
    "mov " d ".16b, " a ".16b\n\t"

/* Text: four windows to x0 to x3. */
#define TC_FOUR_WINDOWS            \
    "ldp x0, x1, [%[windows]]\n\t" \
    "ldp x2, x3, [%[windows], #16]\n\t"

/* Text: the four sums of a vector, scaled by a vector of multipliers and one of exponents (tc_neon.h). */
#if TC_SINGLE_ROUNDING
#define TC_SCALE_TEXT(sums, multiplier, exponent)             \
    "sqdmulh " sums ".4s, " sums ".4s, " multiplier ".4s\n\t" \
    "srshl " sums ".4s, " sums ".4s, " exponent ".4s\n\t"
#else
#define TC_SCALE_TEXT(sums, multiplier, exponent)              \
    "sqrdmulh " sums ".4s, " sums ".4s, " multiplier ".4s\n\t" \
    "ssra " sums ".4s, " sums ".4s, #31\n\t"                   \
    "srshl " sums ".4s, " sums ".4s, " exponent ".4s\n\t"
#endif

/* Text: before outputs are written: zero point to v12, their address to x0. */
#define TC_BEGIN_OUTPUTS              \
    "ldr q12, [%[tiling], #64]\n\t" \
    "mov x0, %[outputs]\n\t"

/* Text: sixteen int8 to v8 from four vectors of scaled sums; v9 is changed. */
#define TC_NARROW_TEXT(a, b, c, d)     \
    "sqxtn v8.4h, " a ".4s\n\t"        \
    "sqxtn v9.4h, " c ".4s\n\t"        \
    "sqxtn2 v8.8h, " b ".4s\n\t"       \
    "sqxtn2 v9.8h, " d ".4s\n\t"       \
    "sqadd v8.8h, v8.8h, v12.8h\n\t"   \
    "sqadd v9.8h, v9.8h, v12.8h\n\t"   \
    "sqxtn v8.8b, v8.8h\n\t"           \
    "sqxtn2 v8.16b, v9.8h\n\t"

/* Text: sixteen outputs of one window, or eight each of two. */
#define TC_WRITE16_TEXT(a, b, c, d) \
    TC_NARROW_TEXT(a, b, c, d)      \
    "st1 {v8.16b}, [x0], %[pitch]\n\t"
#define TC_WRITE8_TEXT(a, b, c, d)            \
    TC_NARROW_TEXT(a, b, c, d)                \
    "st1 {v8.8b}, [x0], %[pitch]\n\t"  \
    "st1 {v8.d}[1], [x0], %[pitch]\n\t"

/* clang-format on */

#endif
