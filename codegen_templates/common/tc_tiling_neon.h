/* How tc_multiply_neon goes through windows and channels, tile by tile: the same on Arm64 and on Armv7-A. */
#ifndef TC_TILING_NEON_H
#define TC_TILING_NEON_H

#include "tc_multiply_neon.h"
#include "tc_neon.h"

/* Most windows of a tile, and most channels. */
enum { TC_TILE_PIXELS = 8, TC_TILE_CHANNELS = 16 };

/* The output pixels that are left, and the window of the next one. */
typedef struct {
    const int8_t *at, *row;
    int32_t left, columns;
} tc_pixels_neon;

/* What is the same for all tiles of a product. The asm statements know the offsets. */
typedef struct {
    ptrdiff_t length, pairs; /* codes of a run, as they are read; in pairs of sixteen */
    ptrdiff_t taps, tap_gap; /* runs of a row, and bytes from the end of one to the next */
    ptrdiff_t rows, row_gap;
    ptrdiff_t output_pitch, block_bytes; /* the latter of the weights of eight channels */
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
    tiling.block_bytes = (ptrdiff_t)8 * p->rows * p->taps * length;
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
                          const int32_t *requant, int8_t *output, ptrdiff_t pitch);

/* Copies what exists of a tile's outputs. */
TC_NOINLINE static void tc_copy_found(const int8_t (*from)[TC_TILE_CHANNELS], int32_t found, int32_t channels,
                                      int8_t *to, ptrdiff_t pitch)
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

/* Runs a tile of `count` windows and eight channels for all channels. */
TC_INLINE void tc_all_channels(tc_tile_neon *tile, const tc_tiling_neon *tiling, int32_t count,
                               const int8_t *const *windows, int8_t *output, int32_t found)
{
    const int8_t *weights = tiling->product->weights;
    const int32_t *requant = tiling->product->requant;
    for (int32_t left = tiling->product->channels; left > 0; left -= 8) {
        tc_run_tile(tile, tiling, count, 8, windows, weights, requant, output, found, left);
        weights += tiling->block_bytes;
        requant += 24;
        output += 8;
    }
}

#endif
