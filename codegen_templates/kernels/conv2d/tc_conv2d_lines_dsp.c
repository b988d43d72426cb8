/* conv2d on the DSP extension, line by line: tc_conv2d_lines_dsp.h. */
#include "tc_conv2d_lines_dsp.h"
#include "tc_conv2d_channels_dsp.h"
#include "tc_conv2d_lanes_dsp.h"
#include "tc_move_words_dsp.h"

enum { LANES = 4, UNIT_WORDS = 2 * LANES };

/* Expands four codes that lie at ``at`` of a line of ``size`` codes; those outside are the zero point. */
static void expand_cut(const tc_conv2d_lines_dsp_params *p, const int8_t *line, int32_t at, int32_t size, int32_t *to)
{
    uint32_t codes = 0;
    for (int32_t j = 3; j >= 0; --j) {
        const int32_t code = at + j >= 0 && at + j < size ? line[at + j] : p->input_zero_point;
        codes = codes << 8 | ((uint32_t)code & 0xffU);
    }
    to[0] = tc_odd_codes((int32_t)codes);
    to[LANES] = tc_mixed_codes((int32_t)codes);
}

/* Expands the codes of one position in one lane, ``first`` codes into the line; codes outside are the zero point. */
TC_NOINLINE static void expand_edge(const tc_conv2d_lines_dsp_params *p, const int8_t *line, int32_t first, int32_t *to)
{
    const int32_t size = line != NULL ? p->input_line_codes : 0, end = first + p->position_codes;
    if (first >= size || end <= 0) {
        const int32_t zeros = (int32_t)(((uint32_t)p->input_zero_point & 0xffU) * 0x01010101U);
        const int32_t odd = tc_odd_codes(zeros), mixed = tc_mixed_codes(zeros);
        for (; first < end; first += 4, to += UNIT_WORDS) {
            to[0] = odd;
            to[LANES] = mixed;
        }
        return;
    }
    for (; first < end; first += 4, to += UNIT_WORDS) {
        if (first >= 0 && first + 4 <= size) {
            const int32_t codes = tc_load_codes(line + first);
            to[0] = tc_odd_codes(codes);
            to[LANES] = tc_mixed_codes(codes);
        } else {
            expand_cut(p, line, first, size, to);
        }
    }
}

/* Expands input line y; one outside the input is the zero point. */
TC_NOINLINE static void expand_line(const tc_conv2d_lines_dsp_params *p, const int8_t *input, int32_t y, int32_t *to)
{
    const int8_t *line = y < 0 || y >= p->input_h ? NULL : input + y * p->input_line_codes;
    const int32_t lane_codes = p->lane_codes, units = p->position_units, step = p->position_step;
    /* the last codes of a position are read in fours: not beyond the input */
    const int32_t in_line = p->input_line_codes - p->position_codes;
    const int32_t in_input = line == NULL ? -1 : (p->input_h - y) * p->input_line_codes - 4 * units;
    const int32_t last = (in_line < in_input ? in_line : in_input) - (LANES - 1) * lane_codes;
    int32_t first = -p->pad_codes;

    for (int32_t i = p->positions; i > 0; --i, first += step, to += UNIT_WORDS * units * p->kernel_h) {
        if (first >= 0 && first <= last) {
            tc_conv2d_expand_lanes_dsp(line + first, lane_codes, units, to);
        } else {
            for (int32_t lane = 0; lane < LANES; ++lane) {
                expand_edge(p, line, first + lane * lane_codes, to + lane);
            }
        }
    }
}

/* Moves the lines that the next windows need again up: ``kept`` of each position. */
static void move_up(const tc_conv2d_lines_dsp_params *p, int32_t *lines, int32_t kept)
{
    const int32_t line_words = UNIT_WORDS * p->position_units;
    for (int32_t i = p->positions; i > 0; --i, lines += p->kernel_h * line_words) {
        tc_move_words_dsp(lines, lines + (p->kernel_h - kept) * line_words, kept * line_words);
    }
}

/* Computes the channels of a chunk for all pixels. */
static void compute_chunk(const tc_conv2d_lines_dsp_params *p, const int8_t *input, int8_t *output, int32_t *lines,
                          int32_t channels, tc_multiply_4x2 *work)
{
    const int32_t kept = p->kernel_h > p->stride_h ? p->kernel_h - p->stride_h : 0;
    int32_t line = 0; /* of the window: the first that is not there yet */
    work->output = output;

    for (int32_t oy = 0, top = -p->pad_top; oy < p->output_h; ++oy, top += p->stride_h) {
        for (; line < p->kernel_h; ++line) {
            expand_line(p, input, top + line, lines + line * UNIT_WORDS * p->position_units);
        }
        (void)tc_conv2d_channels_dsp(work, channels);
        work->output += p->output_w * p->output_c;
        if (kept > 0) {
            move_up(p, lines, kept);
        }
        line = kept;
    }
}

void tc_conv2d_lines_dsp(const tc_conv2d_lines_dsp_params *p, const int8_t *input, int8_t *output, int32_t *lines,
                         int32_t *copy)
{
    const int32_t pair_words = 2 * p->units;
    const int32_t *weights = p->weights, *requant = p->requant;
    tc_multiply_4x2 work;
    work.units = p->units;
    work.patch = lines;
    work.pitch = p->lane_pixels * p->output_c;
    work.rounder = 2 * p->output_zero_point + 1;
    work.blocks = p->blocks;
    work.patch_step = 4 * UNIT_WORDS * p->block_units;
    work.output_step = p->output_c;
    work.copy = NULL;

    for (int32_t channel = 0; channel < p->output_c; channel += p->chunk) {
        const int32_t left = p->output_c - channel;
        const int32_t channels = left < p->chunk ? left : p->chunk;
        const int32_t pairs = (channels + 1) / 2;
        work.weights = weights;
        work.requant = requant;
        if (copy != NULL) {
            tc_move_words_dsp(copy, requant, 4 * pairs);
            tc_move_words_dsp(copy + 4 * pairs, weights, pair_words * pairs);
            work.requant = copy;
            work.weights = copy + 4 * pairs;
        }
        compute_chunk(p, input, output + channel, lines, channels, &work);
        weights += pair_words * pairs;
        requant += 4 * pairs;
    }
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, p->output_h * p->output_w * p->output_c, p->clamp_min, p->clamp_max);
    }
}
