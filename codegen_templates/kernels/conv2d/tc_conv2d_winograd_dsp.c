/* conv2d on the DSP extension, Winograd F(4, 3): tc_conv2d_winograd_dsp.h. */
#include "tc_conv2d_winograd_dsp.h"
#include "tc_move_words_dsp.h"
#include "tc_dsp.h"
#include "tc_winograd_dsp.h"

enum { POINTS = TC_WINOGRAD_POINTS, LANES = TC_WINOGRAD_LANES, TILE = 4 };

/* Where things lie in the scratch buffer. */
typedef struct {
    int32_t *tiles; /* [kernel_h][input_c / 2][points][lanes] */
    int32_t *sums;
    int8_t *pixels; /* of a tile that leaves the input */
} buffers;

/* What is computed: channels of the pixels of four tiles a row, or of several rows. */
typedef struct {
    const int32_t *weights, *end, *requant;
    int8_t *output;         /* of the first channel */
    int32_t columns[LANES]; /* of the output, where the tiles begin */
    int32_t rows[LANES];    /* of the output, from the first of the block on */
} block;

/* Copies the pixels of a tile from column x on of a row, NULL for one outside. */
static void cut_tile(const tc_conv2d_winograd_dsp_params *p, const int8_t *row, int32_t x, int8_t *to)
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

/* Transforms the tiles of a window's line for the output rows from y on. */
static void transform_line(const tc_conv2d_winograd_dsp_params *p, const int8_t *input, int32_t y, const block *now,
                           int8_t *cut, int32_t *tiles)
{
    for (int32_t lane = 0; lane < LANES; ++lane) {
        const int32_t from = y + now->rows[lane], x = now->columns[lane] - p->pad_left;
        const int8_t *row = from < 0 || from >= p->input_h ? NULL : input + from * p->input_w * p->input_c;
        const int8_t *pixels = cut;
        if (row != NULL && x >= 0 && x + POINTS <= p->input_w) {
            pixels = row + x * p->input_c;
        } else {
            cut_tile(p, row, x, cut);
        }
        tc_winograd_transform_dsp(pixels, p->input_c, tiles + lane);
    }
}

/* Computes the output rows from y on. */
static void compute_rows(const tc_conv2d_winograd_dsp_params *p, int32_t y, const block *now, const buffers *b)
{
    const int32_t quads = p->kernel_h * p->input_c / 4, rounder = 2 * p->output_zero_point + 1, pitch = p->output_c;
    const int32_t *requant = now->requant, *end = now->end;
    int8_t *outputs[LANES + 1] = {NULL};
    for (int32_t lane = 0; lane < LANES; ++lane) {
        outputs[lane] = now->output + ((y + now->rows[lane]) * p->output_w + now->columns[lane]) * pitch;
    }
    for (const int32_t *weights = now->weights; weights != end; weights += 4 * quads * POINTS, requant += 6) {
        tc_winograd_multiply_dsp(b->tiles, weights, b->sums, quads, 1);
        tc_winograd_output_dsp(b->sums, requant, outputs, rounder, pitch, TC_WINOGRAD_FROM_24);
    }
}

/* Computes all rows. */
static void compute_block(const tc_conv2d_winograd_dsp_params *p, const int8_t *input, const block *now,
                          const buffers *b)
{
    const int32_t line_words = p->input_c / 2 * POINTS * LANES, last = p->output_h - p->block_rows;
    const int32_t kept = p->kernel_h > p->block_rows ? p->kernel_h - p->block_rows : 0;

    for (int32_t next = 0; next < p->output_h; next += p->block_rows) {
        const int32_t y = next < last ? next : last;
        int32_t line = 0;
        if (next > 0 && y == next) {
            line = kept;
            tc_move_words_dsp(b->tiles, b->tiles + (p->kernel_h - kept) * line_words, kept * line_words);
        }
        for (; line < p->kernel_h; ++line) {
            transform_line(p, input, y + line - p->pad_top, now, b->pixels, b->tiles + line * line_words);
        }
        compute_rows(p, y, now, b);
    }
}

/* Computes all blocks. */
static void compute_chunk(const tc_conv2d_winograd_dsp_params *p, const int8_t *input, block *now, const buffers *b)
{
    const int32_t together = LANES / p->block_rows, last = p->output_w - TILE;
    for (int32_t tile = 0; tile < p->blocks * together; tile += together) {
        for (int32_t lane = 0; lane < LANES; ++lane) {
            const int32_t column = TILE * (tile + (lane & (together - 1)));
            now->rows[lane] = lane / together;
            now->columns[lane] = column < last ? column : last;
        }
        compute_block(p, input, now, b);
    }
}

void tc_conv2d_winograd_dsp(const tc_conv2d_winograd_dsp_params *p, const int8_t *input, int8_t *output,
                            int32_t *scratch, int32_t *copy)
{
    const int32_t pair_words = POINTS * p->kernel_h * p->input_c;
    const int32_t *weights = p->weights, *requant = p->requant;
    buffers b;
    block now;
    b.sums = scratch;
    b.tiles = b.sums + POINTS * LANES * 2;
    b.pixels = (int8_t *)(b.tiles + p->kernel_h * (p->input_c / 2) * POINTS * LANES);

    for (int32_t channel = 0; channel < p->output_c; channel += p->chunk) {
        const int32_t left = p->output_c - channel, channels = left < p->chunk ? left : p->chunk;
        const int32_t words = pair_words * (channels / 2);
        now.weights = weights;
        if (copy != NULL) {
            tc_move_words_dsp(copy, weights, words);
            now.weights = copy;
        }
        now.end = now.weights + words;
        now.requant = requant;
        now.output = output + channel;
        compute_chunk(p, input, &now, &b);
        weights += words;
        requant += 3 * channels;
    }
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, p->output_h * p->output_w * p->output_c, p->clamp_min, p->clamp_max);
    }
}
