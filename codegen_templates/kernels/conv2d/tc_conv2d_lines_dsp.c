/* conv2d on the DSP extension, line by line: tc_conv2d_lines_dsp.h. */
#include "tc_conv2d_lines_dsp.h"
#include "tc_conv2d_channels_dsp.h"
#include "tc_dsp.h"
#include "tc_move_words_dsp.h"

enum { LANES = 4, UNIT_WORDS = 2 * LANES };

/* Expands the codes of one position in one lane, ``first`` codes into the line; codes outside are the zero point. */
TC_NOINLINE static void expand_edge(const tc_conv2d_lines_dsp_params *p, const int8_t *line, int32_t first, int32_t *to)
{
    const int32_t size = line != NULL ? p->input_line_codes : 0;
    for (int32_t at = first; at < first + p->position_codes; at += 4, to += UNIT_WORDS) {
        int32_t codes = (int32_t)(((uint32_t)p->input_zero_point & 0xffU) * 0x01010101U);
        if (at >= 0 && at + 4 <= size) {
            codes = tc_load_codes(line + at);
        } else if (at > -4 && at < size) {
            codes = 0;
            for (int32_t j = 0; j < 4; ++j) {
                const int32_t code = at + j >= 0 && at + j < size ? line[at + j] : p->input_zero_point;
                codes |= (int32_t)(((uint32_t)code & 0xffU) << (8 * j));
            }
        }
        to[0] = tc_odd_codes(codes);
        to[LANES] = tc_mixed_codes(codes);
    }
}

/* Expands the codes of one position in all lanes, from ``codes`` on in the first. */
TC_INLINE void expand_inside(const int8_t *codes, int32_t lane_codes, int32_t units, int32_t *to)
{
    for (; units > 0; --units, codes += 4, to += UNIT_WORDS) {
        const int8_t *third = codes + 2 * lane_codes;
        const int32_t a = tc_load_codes(codes), b = tc_load_codes(codes + lane_codes);
        const int32_t c = tc_load_codes(third), d = tc_load_codes(third + lane_codes);
        to[0] = tc_odd_codes(a);
        to[1] = tc_odd_codes(b);
        to[2] = tc_odd_codes(c);
        to[3] = tc_odd_codes(d);
        to[4] = tc_mixed_codes(a);
        to[5] = tc_mixed_codes(b);
        to[6] = tc_mixed_codes(c);
        to[7] = tc_mixed_codes(d);
    }
}

/* Expands input line y; one outside the input is the zero point. */
TC_NOINLINE static void expand_line(const tc_conv2d_lines_dsp_params *p, const int8_t *input, int32_t y, int32_t *to)
{
    const int32_t at = y * p->input_line_codes;
    const int8_t *line = y < 0 || y >= p->input_lines ? NULL : input + (at < p->input_last ? at : p->input_last);
    const int32_t lane_codes = p->lane_codes, units = p->position_units, step = p->position_step;
    /* the last codes of a position are read in fours: not beyond the input */
    const int32_t in_line = p->input_line_codes - p->position_codes;
    const int32_t in_input = line == NULL ? -1
                                          : (int32_t)(input + p->input_last + p->input_line_codes - line) - 4 * units;
    const int32_t last = (in_line < in_input ? in_line : in_input) - (LANES - 1) * lane_codes;
    int32_t first = -p->pad_codes;

    for (int32_t i = p->positions; i > 0; --i, first += step, to += UNIT_WORDS * units) {
        if (first >= 0 && first <= last) {
            expand_inside(line + first, lane_codes, units, to);
        } else {
            for (int32_t lane = 0; lane < LANES; ++lane) {
                expand_edge(p, line, first + lane * lane_codes, to + lane);
            }
        }
    }
}

/* Computes the channels of a chunk for all pixels. */
static void compute_chunk(const tc_conv2d_lines_dsp_params *p, const int8_t *input, int8_t *output, int32_t *lines,
                          int32_t channels, tc_multiply_4x2 *work)
{
    const int32_t line_words = UNIT_WORDS * p->positions * p->position_units;
    const int32_t kept = p->kernel_h > p->stride_h ? p->kernel_h - p->stride_h : 0;
    int32_t line = 0; /* of the window: the first that is not there yet */

    for (int32_t oy = 0, top = -p->pad_top; oy < p->output_lines; ++oy, top += p->stride_h) {
        const int32_t at = oy * p->output_line_codes;
        work->output = output + (at < p->output_last ? at : p->output_last);
        for (; line < p->kernel_h; ++line) {
            expand_line(p, input, top + line, lines + line * line_words);
        }
        for (int32_t i = 0; i < p->blocks; ++i, work->output += p->output_c) {
            work->patch = lines + UNIT_WORDS * p->block_units * i;
            (void)tc_conv2d_channels_dsp(work, channels);
        }
        if (kept > 0) {
            tc_move_words_dsp(lines, lines + (p->kernel_h - kept) * line_words, kept * line_words);
        }
        line = kept;
    }
}

void tc_conv2d_lines_dsp(const tc_conv2d_lines_dsp_params *p, const int8_t *input, int8_t *output, int32_t *lines,
                         int32_t *copy)
{
    const int32_t pair_words = 2 * p->line_units * p->kernel_h;
    const int32_t *weights = p->weights, *requant = p->requant;
    tc_multiply_4x2 work;
    work.gap = 4 * UNIT_WORDS * (p->positions * p->position_units - p->line_units);
    work.units = p->line_units;
    work.lines = p->kernel_h;
    work.pitch = p->lane_pixels * p->output_c;
    work.rounder = 2 * p->output_zero_point + 1;

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
        tc_clamp_codes(output, p->output_last + p->output_line_codes, p->clamp_min, p->clamp_max);
    }
}
