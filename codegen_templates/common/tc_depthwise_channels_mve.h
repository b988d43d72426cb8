/* Inner loops of the 3x3 depthwise kernel on MVE. See tc_depthwise_channels_mve.c. */
#ifndef TC_DEPTHWISE_CHANNELS_MVE_H
#define TC_DEPTHWISE_CHANNELS_MVE_H

#include "tc_types.h"

/*
 * Four outputs of one channel are computed together (the lanes); they are neighbours along a row or along a column. The
 * distances are bytes. The assembly knows the offsets.
 */
typedef struct {
    const int8_t *weights;  /* [channels][12]: rows of taps, three zeros */
    const int32_t *requant; /* [channels][3]: bias with the input's zero point folded in, multiplier, -shift */
    const int8_t *tile;     /* input, padded, channels innermost */
    int8_t *output;
    int32_t channels;
    int32_t zero_point, clamp_min, clamp_max; /* of the output */
    int32_t tile_lane, tile_step, tile_line; /* from lane to lane, from four outputs to the next, from line to line */
    int32_t output_lane, output_step, output_line;
    int32_t tap_row, tap; /* from one row of taps to the next, from tap to tap */
    int32_t count, lines; /* outputs of a line: the last four may be fewer */
} tc_depthwise_mve;

void tc_depthwise_channels_mve(const tc_depthwise_mve *work);

#endif
