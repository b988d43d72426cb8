/* conv2d on the DSP extension: blocks of four pixels by two channels (tc_conv2d_dsp.h). */
#include "tc_conv2d_dsp.h"
#include "tc_conv2d_channels_dsp.h"
#include "tc_conv2d_lanes_dsp.h"
#include "tc_move_words_dsp.h"

enum { PIXELS = 4, MOST_BLOCKS = 12 };

/* Where the next unit of a pixel's window goes, and the codes left over from runs: ``bits`` of them in ``pending``. */
typedef struct {
    int32_t *patch;
    uint32_t pending, bits;
} cursor;

TC_INLINE int32_t *put(int32_t *patch, int32_t codes)
{
    patch[0] = tc_odd_codes(codes);
    patch[PIXELS] = tc_mixed_codes(codes);
    return patch + 2 * PIXELS;
}

TC_INLINE void put_left_over(cursor *to, int32_t code)
{
    to->pending |= ((uint32_t)code & 0xffU) << to->bits;
    to->bits += 8;
    if (to->bits == 32) {
        to->patch = put(to->patch, (int32_t)to->pending);
        to->pending = 0;
        to->bits = 0;
    }
}

/* Four codes from ``at`` on of a row; those outside are a byte of ``zero_points``. */
TC_NOINLINE static int32_t cut_codes(const int8_t *row, int32_t at, int32_t size, uint32_t zero_points)
{
    if (size < 4) {
        uint32_t codes = 0;
        for (int32_t j = 3; j >= 0; --j) {
            codes = codes << 8 | ((at + j >= 0 && at + j < size ? (uint32_t)row[at + j] : zero_points) & 0xffU);
        }
        return (int32_t)codes;
    }
    if (at <= -4 || at >= size) {
        return (int32_t)zero_points;
    }
    if (at < 0) {
        return (int32_t)((uint32_t)tc_load_codes(row) << (-8 * at) | zero_points >> (32 + 8 * at));
    }
    const int32_t behind = at + 4 - size;
    if (behind <= 0) {
        return tc_load_codes(row + at);
    }
    return (int32_t)((uint32_t)tc_load_codes(row + size - 4) >> (8 * behind) | zero_points << (32 - 8 * behind));
}

/* Expands a window of one run, a multiple of four codes, that leaves the input at most above and below. */
TC_NOINLINE static void expand_rows(const tc_conv2d_dsp_params *p, const int8_t *input, int32_t top, int32_t *patch)
{
    const int32_t zero_points = (int32_t)(((uint32_t)p->input_zero_point & 0xffU) * 0x01010101U);
    const int32_t row_codes = p->input_w * p->input_c, run = p->run, input_h = p->input_h, step = p->dilation_h;
    int32_t y = top;
    for (int32_t lines = p->kernel_h; lines > 0; --lines, y += step) {
        if (y < 0 || y >= input_h) {
            for (int32_t i = run; i > 0; i -= 4) {
                patch = put(patch, zero_points);
            }
            continue;
        }
        const int8_t *codes = input + y * row_codes, *end = codes + run;
        do {
            patch = put(patch, tc_load_codes(codes));
            codes += 4;
        } while (codes != end);
    }
}

/* Expands any window into a column of the patch. What its runs leave over of fours is collected. */
TC_NOINLINE static void expand_any(const tc_conv2d_dsp_params *p, const int8_t *input, int32_t top, int32_t left,
                                   int32_t *patch)
{
    const uint32_t zero_points = ((uint32_t)p->input_zero_point & 0xffU) * 0x01010101U;
    const int32_t row_codes = p->input_w * p->input_c, run = p->run;
    const int32_t run_pitch = p->run_taps * p->dilation_w * p->input_c;
    const int32_t first = left * p->input_c, end = first + p->kernel_w / p->run_taps * run_pitch;
    cursor to = {patch, 0, 0};

    for (int32_t y = top, below = top + p->kernel_h * p->dilation_h; y < below; y += p->dilation_h) {
        const int32_t size = y >= 0 && y < p->input_h ? row_codes : 0;
        const int8_t *row = input + (size > 0 ? (ptrdiff_t)y * row_codes : 0);
        for (int32_t next = first; next < end; next += run_pitch) {
            for (int32_t at = next; at < next + run;) {
                const int32_t codes = at >= 0 && at + 4 <= size ? tc_load_codes(row + at)
                                                                : cut_codes(row, at, size, zero_points);
                if (at + 4 <= next + run) {
                    to.patch = put(to.patch, codes);
                    at += 4;
                } else {
                    put_left_over(&to, codes);
                    ++at;
                }
            }
        }
    }
    if (to.bits > 0) {
        put(to.patch, (int32_t)to.pending);
    }
}

void tc_conv2d_expand_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int32_t index, int32_t step,
                          int32_t *patch)
{
    /* windows of a pixel, none of them left out: where a line ends does not matter */
    if (p->kernel_h * p->kernel_w == 1 && (p->run & 3) == 0 && p->input_h == p->output_h && p->input_w == p->output_w) {
        tc_conv2d_expand_lanes_dsp(input + (ptrdiff_t)index * p->input_c, step * p->input_c, p->units, patch);
        return;
    }
    for (int32_t i = 0; i < PIXELS; ++i, index += step, ++patch) {
        const int32_t oy = index / p->output_w, ox = index - oy * p->output_w;
        const int32_t top = oy * p->stride_h - p->pad_top, left = ox * p->stride_w - p->pad_left;
        if ((p->run & 3) == 0 && p->run_taps == p->kernel_w && left >= 0 && left + p->kernel_w <= p->input_w) {
            expand_rows(p, input + left * p->input_c, top, patch);
        } else {
            expand_any(p, input, top, left, patch);
        }
    }
}

/* Blocks whose windows are expanded together: what ``room`` bytes hold beside a pair's weights, more gain little. */
static int32_t blocks_at_once(const tc_conv2d_dsp_params *p, int32_t room)
{
    const int32_t pixels = p->output_h * p->output_w;
    int32_t blocks = (room / (8 * p->units) - 1) / PIXELS;
    blocks = blocks < MOST_BLOCKS ? blocks : MOST_BLOCKS;
    while (blocks > 1 && pixels >= PIXELS && (uint32_t)(pixels % (PIXELS * blocks) - 1) < PIXELS - 1) {
        --blocks; /* what is left at the end is a block, so that no pixel of another group is computed again */
    }
    return blocks > 1 ? blocks : 1;
}

/* Channels whose weights lie in ``bytes`` bytes at a time: an even number, about the same each time. */
static int32_t channels_at_once(int32_t channels, int32_t units, int32_t bytes)
{
    const int32_t pairs = (channels + 1) / 2, fitting = bytes / (8 * units);
    const int32_t chunks = fitting > 1 ? (pairs + fitting - 1) / fitting : pairs;
    return 2 * ((pairs + chunks - 1) / chunks);
}

/* Computes ``channels`` channels of all pixels. */
static void compute_channels(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output, int32_t *patch,
                             int32_t blocks, int32_t channels, tc_multiply_4x2 *work)
{
    const int32_t pixels = p->output_h * p->output_w, block_words = 2 * PIXELS * p->units;
    /* of fewer than four pixels each is a block: computed alone, four times */
    const int32_t step = pixels >= PIXELS ? 1 : 0, block_pixels = step != 0 ? PIXELS : 1;
    work->pitch = step * p->output_c;
    work->output_step = block_pixels * p->output_c;

    for (int32_t pixel = 0; pixel < pixels; pixel += block_pixels * blocks) {
        const int32_t left = pixels - pixel;
        const int32_t whole = left / block_pixels < blocks ? left / block_pixels : blocks;
        for (int32_t i = 0; i < whole; ++i) {
            tc_conv2d_expand_dsp(p, input, pixel + block_pixels * i, step, patch + block_words * i);
        }
        if (whole < blocks && left > block_pixels * whole) {
            /* the last four pixels overlap those before them */
            tc_conv2d_expand_dsp(p, input, pixels - PIXELS, step, patch + block_words * whole);
            work->patch = patch + block_words * whole;
            work->blocks = 1;
            work->output = output + (ptrdiff_t)(pixels - PIXELS) * p->output_c;
            (void)tc_conv2d_channels_dsp(work, channels);
        }
        if (whole > 0) {
            work->patch = patch;
            work->blocks = whole;
            work->output = output + (ptrdiff_t)pixel * p->output_c;
            (void)tc_conv2d_channels_dsp(work, channels);
        }
    }
}

void tc_conv2d_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output, int32_t *patch, int32_t room,
                   int32_t copy_bytes)
{
    const int32_t channels = p->output_c / p->groups, blocks = blocks_at_once(p, room);
    const int32_t *weights = p->weights, *requant = p->requant;
    int32_t *copy = patch + 2 * PIXELS * p->units * blocks;
    const int32_t chunk = copy_bytes > 0 ? channels_at_once(channels, p->units, copy_bytes) : channels;
    tc_multiply_4x2 work;
    work.units = p->units;
    work.patch_step = 8 * PIXELS * p->units;
    work.rounder = 2 * p->output_zero_point + 1;
    work.copy = copy_bytes == 0 && blocks > 2 ? copy : NULL;

    for (int32_t channel = 0; channel < p->output_c;) {
        const int32_t group = channel / channels, left = (group + 1) * channels - channel;
        const int32_t count = left < chunk ? left : chunk, pairs = (count + 1) / 2;
        work.weights = weights;
        work.requant = requant;
        if (copy_bytes > 0) {
            tc_move_words_dsp(copy, requant, 4 * pairs);
            tc_move_words_dsp(copy + 4 * pairs, weights, 2 * p->units * pairs);
            work.requant = copy;
            work.weights = copy + 4 * pairs;
        }
        compute_channels(p, input + group * (p->run / p->run_taps), output + channel, patch, blocks, count, &work);
        weights += 2 * p->units * pairs;
        requant += 4 * pairs;
        channel += count;
    }
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, p->output_h * p->output_w * p->output_c, p->clamp_min, p->clamp_max);
    }
}
