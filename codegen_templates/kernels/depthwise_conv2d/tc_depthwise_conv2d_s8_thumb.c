/* depthwise_conv2d, int8, cores without the DSP extension: tc_depthwise_conv2d_s8_thumb.h. */
#include "tc_depthwise_conv2d_s8_thumb.h"
#include "tc_multiply_1x4_thumb.h"
#include "tc_thumb.h"

/* Fills the tile with a channel's input rows from ``first`` on; what is outside the input holds the zero point already. */
static void fill_tile(const tc_depthwise_conv2d_thumb_params *p, const int8_t *input, int32_t first, int32_t rows,
                      int8_t *tile)
{
    const int32_t room = p->tile_pitch - p->pad_left;
    const int32_t count = p->input_w < room ? p->input_w : room;
    for (int32_t y = first; y < first + rows; ++y, tile += p->tile_pitch) {
        if (y >= 0 && y < p->input_h) {
            const int8_t *code = input + y * p->input_w * p->channels;
            int8_t *to = tile + p->pad_left;
            for (const int8_t *end = to + count; to < end; code += p->channels) {
                *to++ = *code;
            }
        } else {
            memset(tile, (int)p->input_zero_point, (size_t)p->tile_pitch);
        }
    }
}

/* One row of outputs from the tile's rows that start at ``taps``. */
static void multiply_row(const tc_depthwise_conv2d_thumb_params *p, const tc_requant_thumb *requant,
                         const int8_t *weights, const int8_t *taps, int8_t *output)
{
    for (int32_t left = p->output_w; left > 0; left -= 4, taps += 4 * p->stride_w) {
        const int8_t *window = taps, *filter = weights;
        int32_t sums[4] = {0, 0, 0, 0};
        for (int32_t ky = p->kernel_h; ky > 0; --ky, window += p->tile_pitch, filter += p->kernel_w) {
            int32_t row[4];
            tc_multiply_1x4_thumb(filter, window, p->kernel_w, p->stride_w, row); /* four windows, one filter */
            for (int32_t i = 0; i < 4; ++i) {
                sums[i] += row[i];
            }
        }
        for (int32_t i = 0; i < 4 && i < left; ++i, output += p->channels) {
            *output = tc_requantize_thumb(requant, sums[i]);
        }
    }
}

/* All channels of a band of ``rows`` output rows from ``oy`` on. */
static void multiply_band(const tc_depthwise_conv2d_thumb_params *p, const int8_t *input, int8_t *output, int32_t oy,
                          int32_t rows, int8_t *tile)
{
    tc_requant_thumb requant = {0, 0, 0, p->output_zero_point, p->clamp_min, p->clamp_max};
    const int32_t row = p->output_w * p->channels;
    const int8_t *weights = p->weights;

    for (int32_t channel = 0; channel < p->channels; ++channel, weights += p->kernel_h * p->kernel_w) {
        const int8_t *taps = tile;
        tc_set_channel_thumb(&requant, p->requant + 2 * channel);
        fill_tile(p, input + channel, oy * p->stride_h - p->pad_top, (rows - 1) * p->stride_h + p->kernel_h, tile);
        for (int32_t y = oy; y < oy + rows; ++y, taps += p->stride_h * p->tile_pitch) {
            multiply_row(p, &requant, weights, taps, output + y * row + channel);
        }
    }
}

void tc_depthwise_conv2d_s8_thumb(const tc_depthwise_conv2d_thumb_params *p, const int8_t *input, int8_t *output,
                                  void *scratch)
{
    int8_t *tile = (int8_t *)scratch;
    memset(tile, (int)p->input_zero_point, (size_t)(((p->band - 1) * p->stride_h + p->kernel_h) * p->tile_pitch));
    for (int32_t oy = 0; oy < p->output_h; oy += p->band) {
        const int32_t left = p->output_h - oy;
        multiply_band(p, input, output, oy, left < p->band ? left : p->band, tile);
    }
}
