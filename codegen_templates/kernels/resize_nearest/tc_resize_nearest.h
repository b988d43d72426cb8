/*
 * resize_nearest: nearest-neighbour resize, int8 NHWC.
 *
 *   input          int8 [...][input_w][channels]
 *   output         int8 [output_h][output_w][channels]
 *   rows, columns  int16 [output_h], [output_w]: source index of every output row and column
 */
#ifndef TC_RESIZE_NEAREST_H
#define TC_RESIZE_NEAREST_H

#include "tc_types.h"

typedef struct {
    int32_t input_w, channels;
    int32_t output_h, output_w;
    const int16_t *rows;
    const int16_t *columns;
} tc_resize_nearest_params;

/* Portable. */
void tc_resize_nearest_s8_ref(const tc_resize_nearest_params *p, const int8_t *input, int8_t *output);

#endif
