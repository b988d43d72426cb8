/* conv2d, int8, DSP extension, Winograd F(4, 3) by F(2, 3): tc_conv2d_s8_winograd_4x2_dsp.h. */
#include "tc_conv2d_s8_winograd_4x2_dsp.h"
#include "tc_dsp.h"
#include "tc_winograd_dsp.h"

enum { ROWS = 4, POINTS = TC_WINOGRAD_POINTS, LANES = TC_WINOGRAD_LANES, SUMS = POINTS * LANES * 2 };

/* Where things lie in the scratch buffer. */
typedef struct {
    uint32_t *sums; /* [4 points across][points][lanes][2 channels] */
    int32_t *tiles; /* [4 points across][input_c / 2][points][lanes] */
    int32_t *rows;  /* of a tile: [input_c / 2][points][4 rows] */
    int8_t *pixels; /* of a tile's row that leaves the input */
    int32_t plane;  /* words of rows */
} buffers;

/* Copies the pixels of a tile's row from column x on, NULL for a row outside. */
static void cut_row(const tc_conv2d_winograd_4x2_dsp_params *p, const int8_t *row, int32_t x, int8_t *to)
{
    const int32_t channels = p->input_c;
    for (int32_t i = x; i < x + POINTS; ++i, to += channels) {
        if (row != NULL && i >= 0 && i < p->input_w) {
            __builtin_memcpy(to, row + i * channels, (size_t)channels);
        } else {
            __builtin_memset(to, p->input_zero_point, (size_t)channels);
        }
    }
}

/* Pairs of int16: sums and differences. */
TC_INLINE int32_t add_pairs(int32_t a, int32_t b)
{
    int32_t pair;
    __asm__("sadd16 %0, %1, %2" : "=r"(pair) : "r"(a), "r"(b));
    return pair;
}

TC_INLINE int32_t subtract_pairs(int32_t a, int32_t b)
{
    int32_t pair;
    __asm__("ssub16 %0, %1, %2" : "=r"(pair) : "r"(a), "r"(b));
    return pair;
}

TC_INLINE void transform_column(const int32_t *d, int32_t plane, int32_t *to)
{
    to[0] = subtract_pairs(d[0], d[2]);
    to[plane] = add_pairs(d[1], d[2]);
    to[2 * plane] = subtract_pairs(d[2], d[1]);
    to[3 * plane] = subtract_pairs(d[1], d[3]);
}

/* The points across of all points along. Eight loads side by side cost nine cycles. */
TC_NOINLINE static void transform_columns(const int32_t *rows, int32_t plane, int32_t *to)
{
    for (const int32_t *end = rows + plane; rows != end; rows += 2 * ROWS, to += 2 * LANES) {
        const int32_t a[] = {rows[0], rows[1], rows[2], rows[3]}, b[] = {rows[4], rows[5], rows[6], rows[7]};
        transform_column(a, plane, to);
        transform_column(b, plane, to + LANES);
    }
}

/* Transforms the tile whose window begins at row y, column x. */
static void transform_tile(const tc_conv2d_winograd_4x2_dsp_params *p, const int8_t *input, int32_t y, int32_t x,
                           const buffers *b, int32_t lane)
{
    for (int32_t i = 0; i < ROWS; ++i) {
        const int8_t *row = y + i < 0 || y + i >= p->input_h ? NULL : input + (y + i) * p->input_w * p->input_c;
        const int8_t *pixels = b->pixels;
        if (row != NULL && x >= 0 && x + POINTS <= p->input_w) {
            pixels = row + x * p->input_c;
        } else {
            cut_row(p, row, x, b->pixels);
        }
        tc_winograd_transform_dsp(pixels, p->input_c, b->rows + i);
    }
    transform_columns(b->rows, b->plane, b->tiles + lane);
}

/* Sums of both output rows from those of the four points across. They may wrap on the way. */
TC_NOINLINE static void transform_sums(uint32_t *sums)
{
    for (uint32_t *end = sums + SUMS; sums != end; sums += 2) {
        const uint32_t a0 = sums[0], a1 = sums[1], b0 = sums[SUMS], b1 = sums[SUMS + 1];
        const uint32_t c0 = sums[2 * SUMS], c1 = sums[2 * SUMS + 1], d0 = sums[3 * SUMS], d1 = sums[3 * SUMS + 1];
        sums[0] = a0 + b0 + c0;
        sums[1] = a1 + b1 + c1;
        sums[SUMS] = b0 - c0 - d0;
        sums[SUMS + 1] = b1 - c1 - d1;
    }
}

/* Computes all channels of a block; upper and lower: where the output rows of its tiles begin. */
static void compute_block(const tc_conv2d_winograd_4x2_dsp_params *p, const buffers *b, int8_t **upper, int8_t **lower)
{
    const int32_t quads = p->input_c / 4, words = ROWS * POINTS * p->input_c, rounder = 2 * p->output_zero_point + 1;
    const int32_t *weights = p->weights, *requant = p->requant;
    int32_t *sums = (int32_t *)b->sums;
    for (int32_t channel = 0; channel < p->output_c; channel += 2, requant += 6, weights += words) {
        tc_winograd_multiply_dsp(b->tiles, weights, sums, quads, ROWS);
        transform_sums(b->sums);
        tc_winograd_output_dsp(sums, requant, upper, rounder, p->output_c, TC_WINOGRAD_FROM_48);
        tc_winograd_output_dsp(sums + SUMS, requant, lower, rounder, p->output_c, TC_WINOGRAD_FROM_48);
    }
}

void tc_conv2d_s8_winograd_4x2_dsp(const tc_conv2d_winograd_4x2_dsp_params *p, const int8_t *input, int8_t *output,
                                   void *scratch)
{
    const int32_t last_x = p->output_w - 4, last_y = p->output_h > 1 ? p->output_h - 2 : 0;
    int8_t *upper[LANES + 1] = {NULL}, *lower[LANES + 1] = {NULL};
    buffers b;
    b.plane = (p->input_c / 2) * POINTS * ROWS;
    b.sums = (uint32_t *)scratch;
    b.tiles = (int32_t *)scratch + ROWS * SUMS;
    b.rows = b.tiles + ROWS * b.plane;
    b.pixels = (int8_t *)(b.rows + b.plane);

    for (int32_t x = 0, y = 0; y < p->output_h;) {
        for (int32_t lane = 0; lane < LANES; ++lane) { /* behind the last tile: that one again */
            const int32_t column = x < last_x ? x : last_x, row = y < last_y ? y : last_y;
            transform_tile(p, input, row - p->pad_top, column - p->pad_left, &b, lane);
            upper[lane] = output + (row * p->output_w + column) * p->output_c;
            lower[lane] = p->output_h > 1 ? upper[lane] + p->output_w * p->output_c : NULL;
            x += 4;
            if (x >= p->output_w) {
                y += 2;
                x = y < p->output_h ? 0 : last_x;
            }
        }
        compute_block(p, &b, upper, lower);
    }
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, p->output_h * p->output_w * p->output_c, p->clamp_min, p->clamp_max);
    }
}
