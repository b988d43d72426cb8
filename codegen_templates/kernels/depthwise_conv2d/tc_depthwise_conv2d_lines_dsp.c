/* depthwise_conv2d of any window on the DSP extension: tc_depthwise_conv2d_lines_dsp.h. */
#include "tc_depthwise_conv2d_lines_dsp.h"
#include "tc_depthwise_tile_dsp.h"
#include "tc_depthwise_window_dsp.h"

enum { MOST_STEPS = 8 };

/* Where things lie in the scratch buffer, in words. */
typedef struct {
    int32_t *weights, *tile;
    int32_t weight_words; /* of a channel, packed */
    int32_t line, plane;  /* words of a tile line with all phases, and of a plane */
} layout;

/* Writes all phases of one line of the four planes; what is outside the line holds the zero point already. */
TC_NOINLINE static void expand_line(const tc_depthwise_conv2d_lines_dsp_params *p, const int8_t *line, int32_t *tile,
                                    int32_t plane)
{
    for (int32_t phase = 0; phase < p->phases; ++phase, tile += p->phase_pitch) {
        const int32_t outside = p->pad - phase;
        const int32_t first = outside > 0 ? (outside + p->stride - 1) / p->stride : 0;
        const int32_t at = first * p->stride - outside; /* along the input line */
        const int32_t inside = (p->input_length - at + p->stride - 1) / p->stride, room = 2 * p->phase_pitch - first;
        if (at < p->input_length && room > 0) {
            tc_expand_line_dsp(line + (ptrdiff_t)at * p->input_pitch, p->stride * p->input_pitch, first,
                               inside < room ? inside : room, p->input_zero_point, tile, plane);
        }
    }
}

/* Fills ``lines`` lines of the tile from input line ``first`` on; lines outside the input are the zero point. */
static void expand_lines(const tc_depthwise_conv2d_lines_dsp_params *p, const int8_t *input, int32_t first,
                         int32_t lines, const layout *l)
{
    int32_t *tile = l->tile;
    for (int32_t i = first; i < first + lines; ++i, tile += l->line) {
        if (i >= 0 && i < p->input_lines) {
            expand_line(p, input + (ptrdiff_t)i * p->input_line_pitch, tile, l->plane);
        } else if (p->band < p->output_lines) { /* another band may have left codes here */
            for (int32_t c = 0; c < 4; ++c) {
                tc_fill_words_dsp(tile + c * l->plane, l->line, tc_pair(p->input_zero_point, p->input_zero_point));
            }
        }
    }
}

/* Writes the pairs of taps of a channel: (w0, w1) and (w-1, w0) for each step, doubled. */
static void unpack_weights(const int32_t *packed, int32_t count, int32_t *pairs)
{
    int32_t last = 0; /* the second tap of a segment's last pair is always zero */
    for (const int32_t *end = packed + count; packed != end; ++packed, pairs += 4) {
        const int32_t a = tc_doubled(tc_even_codes(*packed)), b = tc_doubled(tc_odd_codes(*packed));
        pairs[0] = a;
        pairs[1] = tc_low_halves((int32_t)((uint32_t)last >> 16), a);
        pairs[2] = b;
        pairs[3] = tc_low_halves((int32_t)((uint32_t)a >> 16), b);
        last = b;
    }
}

/* Computes a band of output lines of the channels that four input channels in the tile give. */
static void multiply_band(const tc_depthwise_conv2d_lines_dsp_params *p, const int32_t *weights, const int32_t *requant,
                          const layout *l, int32_t lines, int8_t *output)
{
    const int32_t blocks = (p->output_length + 3) >> 2, skipped = MOST_STEPS - p->steps;
    tc_depthwise_window work;
    work.weights = (const int32_t *)((uintptr_t)l->weights - 8U * (uint32_t)skipped);
    work.skipped_bytes = 32 * skipped;
    work.weight_bytes = 8 * p->steps;
    work.segment_bytes = 4 * p->phase_pitch * p->line_dilation;
    work.window_bytes = work.segment_bytes * p->window_lines * p->phases;
    work.output_pitch = p->output_pitch;
    work.last = p->output_length - 4 * (blocks - 1);
    work.block_bytes = 8 * blocks;
    work.step_bytes = 4 * l->line * p->line_stride;
    work.output_line_pitch = p->output_line_pitch;
    work.lines = lines;
    for (int32_t c = 0; c < 4; ++c) {
        work.tile = (const int32_t *)((uintptr_t)(l->tile + c * l->plane) - 4U * (uint32_t)skipped);
        for (int32_t i = 0; i < p->channel_multiplier; ++i, ++output, weights += l->weight_words, requant += 2) {
            unpack_weights(weights, l->weight_words, l->weights);
            work.word0 = requant[0];
            work.multiplier = requant[1];
            work.bias = (requant[0] >> 8) * 2;
            work.offset = (int32_t)((uint32_t)(2 * p->output_zero_point + 1) << (requant[0] & 0xff));
            work.output = output;
            tc_depthwise_window_dsp(&work);
        }
    }
}

void tc_depthwise_conv2d_lines_dsp(const tc_depthwise_conv2d_lines_dsp_params *p, const int8_t *input, int8_t *output,
                                   int32_t *scratch)
{
    const int32_t taps = (p->window_lines - 1) * p->line_dilation + 1, m = p->channel_multiplier;
    layout l;
    l.weight_words = (p->window_lines * p->phases * p->steps + 1) >> 1;
    l.weights = scratch;
    l.tile = scratch + 4 * l.weight_words;
    l.line = p->phases * p->phase_pitch;
    l.plane = ((p->band - 1) * p->line_stride + taps) * l.line;
    tc_fill_words_dsp(l.tile, 4 * l.plane, tc_pair(p->input_zero_point, p->input_zero_point));
    for (int32_t line = 0; line < p->output_lines; line += p->band) {
        const int32_t left = p->output_lines - line, count = left < p->band ? left : p->band;
        const int32_t *weights = p->weights, *requant = p->requant;
        for (int32_t next = 0; next < p->channels; next += 4, weights += 4 * m * l.weight_words, requant += 8 * m) {
            const int32_t channel = next + 4 <= p->channels ? next : p->channels - 4;
            expand_lines(p, input + channel, line * p->line_stride - p->pad_lines, (count - 1) * p->line_stride + taps,
                         &l);
            multiply_band(p, weights, requant, &l, count,
                          output + (ptrdiff_t)line * p->output_line_pitch + channel * m);
        }
    }
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, p->output_lines * p->output_length * p->channels * m, p->clamp_min, p->clamp_max);
    }
}
