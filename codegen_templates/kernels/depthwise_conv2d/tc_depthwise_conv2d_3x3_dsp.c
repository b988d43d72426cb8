/* depthwise_conv2d 3x3 on the DSP extension: tc_depthwise_conv2d_3x3_dsp.h. */
#include "tc_depthwise_conv2d_3x3_dsp.h"
#include "tc_depthwise_lines_dsp.h"
#include "tc_depthwise_tile_dsp.h"

static void fill(int32_t *words, int32_t count, int32_t value)
{
    tc_fill_words_dsp(words, count, value);
}

/* Writes one line of the four planes from ``pad`` codes on; what is outside the line holds the zero point already. */
TC_NOINLINE static void expand_line(const tc_depthwise_conv2d_3x3_dsp_params *p, const int8_t *pixel, int32_t *tile,
                                    int32_t plane)
{
    const int32_t room = 2 * p->tile_pitch - p->pad;
    const int32_t count = p->input_length < room ? p->input_length : room;
    tc_expand_line_dsp(pixel, p->input_pitch, p->pad, count, p->input_zero_point, tile, plane);
}

/* Fills ``lines`` lines of the tile from input line ``first`` on; lines outside the input are the zero point. */
static void expand_lines(const tc_depthwise_conv2d_3x3_dsp_params *p, const int8_t *input, int32_t first, int32_t lines,
                         int32_t *tile, int32_t plane)
{
    for (int32_t i = 0; i < lines; ++i, tile += p->tile_pitch) {
        if (first + i >= 0 && first + i < p->input_lines) {
            expand_line(p, input + (ptrdiff_t)(first + i) * p->input_line_pitch, tile, plane);
        } else if (p->band < p->output_lines) { /* another band may have left codes here */
            for (int32_t c = 0; c < 4; ++c) {
                fill(tile + c * plane, p->tile_pitch, tc_pair(p->input_zero_point, p->input_zero_point));
            }
        }
    }
}

/* Computes a band of output lines of four channels from the tile. */
static void multiply_band(const tc_depthwise_conv2d_3x3_dsp_params *p, const int32_t *weights, const int32_t *requant,
                          const int32_t *tile, int32_t plane, int32_t lines, int8_t *output)
{
    const int32_t blocks = (p->output_length + 3) >> 2;
    tc_depthwise_lines work;
    work.output_pitch = p->output_pitch;
    work.last = p->output_length - 4 * (blocks - 1);
    work.block_bytes = 8 * blocks * p->stride;
    work.line_bytes = 4 * p->tile_pitch;
    work.step_bytes = work.line_bytes * p->line_stride;
    work.output_line_pitch = p->output_line_pitch;
    for (int32_t c = 0; c < 4; ++c, requant += 2, weights += 3) {
        for (int32_t i = 0; i < 3; ++i) {
            work.weights[2 * i] = tc_doubled(tc_even_codes(weights[i]));
            work.weights[2 * i + 1] = tc_doubled(tc_odd_codes(weights[i]));
        }
        work.word0 = requant[0];
        work.multiplier = requant[1];
        work.bias = (requant[0] >> 8) * 2;
        work.offset = (int32_t)((uint32_t)(2 * p->output_zero_point + 1) << (requant[0] & 0xff));
        work.tile = tile + c * plane;
        work.output = output + c;
        work.lines = lines;
        if (p->stride == 1) {
            tc_depthwise_lines_3x3_dsp(&work);
        } else {
            tc_depthwise_lines_3x3_stride2_dsp(&work);
        }
    }
}

void tc_depthwise_conv2d_3x3_dsp(const tc_depthwise_conv2d_3x3_dsp_params *p, const int8_t *input, int8_t *output,
                                 int32_t *tile)
{
    const int32_t plane = ((p->band - 1) * p->line_stride + 3) * p->tile_pitch;
    fill(tile, 4 * plane, tc_pair(p->input_zero_point, p->input_zero_point));
    for (int32_t line = 0; line < p->output_lines; line += p->band) {
        const int32_t left = p->output_lines - line;
        const int32_t count = left < p->band ? left : p->band;
        const int32_t *weights = p->weights, *requant = p->requant;
        for (int32_t next = 0; next < p->channels; next += 4, weights += 12, requant += 8) {
            const int32_t channel = next + 4 <= p->channels ? next : p->channels - 4;
            expand_lines(p, input + channel, line * p->line_stride - p->pad_lines, (count - 1) * p->line_stride + 3,
                         tile, plane);
            multiply_band(p, weights, requant, tile, plane, count,
                          output + (ptrdiff_t)line * p->output_line_pitch + channel);
        }
    }
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, p->output_lines * p->output_length * p->channels, p->clamp_min, p->clamp_max);
    }
}
