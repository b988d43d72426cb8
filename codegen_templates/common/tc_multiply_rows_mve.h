/* Inner block of conv2d and linear on MVE: rows of codes by all output channels. See tc_multiply_rows_mve.c. */
#ifndef TC_MULTIPLY_ROWS_MVE_H
#define TC_MULTIPLY_ROWS_MVE_H

#include "tc_types.h"

/* The assembly knows the offsets. A channel that is added to make four is zero, and so are weights beyond ``count``. */
typedef struct {
    const int8_t *weights;  /* [four channels][ceil(count / 16)][4][16] */
    const int32_t *requant; /* [four channels][3][4]: bias with the input's zero point folded in, multiplier, -shift */
    int32_t count; /* codes of a row */
    int32_t channels;
    int32_t zero_point, clamp_min, clamp_max; /* of the output */
} tc_matrix_mve;

/*
 * Writes channels outputs for each of ``rows`` rows; the pitches are the bytes from row to row. At least one row, one
 * code and one channel.
 */
void tc_multiply_rows_mve(const tc_matrix_mve *m, const int8_t *codes, int8_t *output, int32_t rows,
                          int32_t codes_pitch, int32_t output_pitch);

#endif
