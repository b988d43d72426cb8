/* depthwise_conv2d 3x3, int8, MVE: tc_depthwise_conv2d_s8_3x3_mve.h. */
#include "tc_depthwise_conv2d_s8_3x3_mve.h"
#include "tc_depthwise_channels_mve.h"
#include "tc_mve.h"

/* Copies ``rows`` input rows from ``first`` on to the tile, ``columns`` pixels wide. */
static void copy_rows(const tc_depthwise_conv2d_3x3_mve_params *p, const int8_t *input, int32_t first, int32_t rows,
                      int32_t columns, int8_t *to)
{
    const int32_t room = columns - p->pad_left;
    const int32_t inside = p->input_w < room ? p->input_w : room;
    for (int32_t y = first; y < first + rows; ++y) {
        if (y >= 0 && y < p->input_h) {
            to = tc_fill_mve(to, p->input_zero_point, p->pad_left * p->channels);
            to = tc_copy_mve(to, input + (ptrdiff_t)y * p->input_w * p->channels, inside * p->channels);
            to = tc_fill_mve(to, p->input_zero_point, (room - inside) * p->channels);
        } else {
            to = tc_fill_mve(to, p->input_zero_point, columns * p->channels);
        }
    }
}

void tc_depthwise_conv2d_s8_3x3_mve(const tc_depthwise_conv2d_3x3_mve_params *p, const int8_t *input, int8_t *output,
                                    void *scratch)
{
    const int32_t columns = (p->output_w - 1) * p->stride_w + 3;
    const int32_t tile_row = columns * p->channels, row = p->output_w * p->channels;
    tc_depthwise_mve work = {p->weights,
                             p->requant,
                             (const int8_t *)scratch,
                             output,
                             p->channels,
                             p->output_zero_point,
                             p->clamp_min,
                             p->clamp_max,
                             0,
                             0,
                             0,
                             0,
                             0,
                             0,
                             tile_row,
                             p->channels,
                             0,
                             0};

    if (p->along_columns != 0) {
        work.tile_lane = p->stride_h * tile_row;
        work.tile_step = p->stride_w * p->channels;
        work.tile_line = 4 * work.tile_lane;
        work.output_lane = row;
        work.output_step = p->channels;
        work.output_line = 4 * row;
        work.count = 4 * p->output_w;
    } else {
        work.tile_lane = p->stride_w * p->channels;
        work.tile_step = 4 * work.tile_lane;
        work.tile_line = p->stride_h * tile_row;
        work.output_lane = p->channels;
        work.output_step = 4 * p->channels;
        work.output_line = row;
        work.count = p->output_w;
    }
    int32_t base = -p->pad_top, held = -p->pad_top; /* the tile has input rows base to held - 1 */
    for (int32_t next = 0; next < p->output_h; next += p->band) {
        int32_t first = next, rows = p->band;
        if (next + rows > p->output_h) {
            if (p->along_columns != 0) {
                first = p->output_h - rows;
            } else {
                rows = p->output_h - next;
            }
        }
        const int32_t from = first * p->stride_h - p->pad_top, end = from + (rows - 1) * p->stride_h + 3;
        const int32_t kept = held > from ? held - from : 0;
        int8_t *tile = tc_copy_mve((int8_t *)scratch, work.tile + (from - base) * tile_row, kept * tile_row);
        copy_rows(p, input, from + kept, end - from - kept, columns, tile);
        base = from;
        held = end;
        work.output = output + first * row;
        work.lines = p->along_columns != 0 ? rows / 4 : rows;
        tc_depthwise_channels_mve(&work);
    }
}
