/* depthwise_conv2d 3x3, int8, cores without the DSP extension: tc_depthwise_conv2d_s8_3x3_thumb.h. */
#include "tc_depthwise_conv2d_s8_3x3_thumb.h"
#include "tc_thumb.h"

/* Fills the tile with a channel's input rows from ``first`` on; what is outside the input holds the zero point already. */
static void fill_tile(const tc_depthwise_conv2d_3x3_thumb_params *p, const int8_t *input, int32_t first, int32_t rows,
                      uint8_t *tile)
{
    const int32_t room = p->tile_pitch - p->pad_left;
    const int32_t count = p->input_w < room ? p->input_w : room;
    for (int32_t y = first; y < first + rows; ++y, tile += p->tile_pitch) {
        if (y >= 0 && y < p->input_h) {
            const int8_t *code = input + y * p->input_w * p->channels;
            uint8_t *to = tile + p->pad_left;
            for (const uint8_t *end = to + count; to < end; code += p->channels) {
                *to++ = (uint8_t)(*code ^ 0x80);
            }
        } else {
            memset(tile, p->input_zero_point + 128, (size_t)p->tile_pitch);
        }
    }
}

/* One row of outputs; taps a, b, c are the tile's rows. */
TC_INLINE void multiply_row(const tc_requant_thumb *requant, const int32_t *w, const uint8_t *a, const uint8_t *b,
                            const uint8_t *c, int32_t stride, int8_t *output, int32_t pitch, const int8_t *end)
{
    for (; output != end; output += pitch) {
        int32_t sum = a[0] * w[0];
        sum += a[1] * w[1];
        sum += a[2] * w[2];
        sum += b[0] * w[3];
        sum += b[1] * w[4];
        sum += b[2] * w[5];
        sum += c[0] * w[6];
        sum += c[1] * w[7];
        sum += c[2] * w[8];
        *output = tc_requantize_thumb(requant, sum);
        a += stride;
        b += stride;
        c += stride;
    }
}

/* All channels of a band of ``rows`` output rows from ``oy`` on. */
static void multiply_band(const tc_depthwise_conv2d_3x3_thumb_params *p, const int8_t *input, int8_t *output,
                          int32_t oy, int32_t rows, uint8_t *tile)
{
    tc_requant_thumb requant = {0, 0, 0, p->output_zero_point, p->clamp_min, p->clamp_max};
    const int32_t row = p->output_w * p->channels;
    const int8_t *weights = p->weights;

    for (int32_t channel = 0; channel < p->channels; ++channel) {
        int8_t *pixel = output + oy * row + channel;
        const uint8_t *taps = tile;
        int32_t w[9];
        for (int32_t i = 0; i < 9; ++i) {
            w[i] = *weights++;
        }
        tc_set_channel_thumb(&requant, p->requant + 2 * channel);
        fill_tile(p, input + channel, oy * p->stride_h - p->pad_top, (rows - 1) * p->stride_h + 3, tile);
        for (int32_t i = 0; i < rows; ++i, pixel += row, taps += p->stride_h * p->tile_pitch) {
            multiply_row(&requant, w, taps, taps + p->tile_pitch, taps + 2 * p->tile_pitch, p->stride_w, pixel,
                         p->channels, pixel + row);
        }
    }
}

void tc_depthwise_conv2d_s8_3x3_thumb(const tc_depthwise_conv2d_3x3_thumb_params *p, const int8_t *input,
                                      int8_t *output, void *scratch)
{
    uint8_t *tile = (uint8_t *)scratch;
    memset(tile, p->input_zero_point + 128, (size_t)(((p->band - 1) * p->stride_h + 3) * p->tile_pitch));
    for (int32_t oy = 0; oy < p->output_h; oy += p->band) {
        const int32_t left = p->output_h - oy;
        multiply_band(p, input, output, oy, left < p->band ? left : p->band, tile);
    }
}
