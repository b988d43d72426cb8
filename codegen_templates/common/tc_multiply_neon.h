/*
 * Products of windows with a matrix of int8 weights, requantised: conv2d and linear on NEON.
 *
 * A window is rows x taps pieces of `run` bytes, a row `pitch` and a tap `step` bytes after the one before; the windows
 * of width x height output pixels start step_x and step_y bytes apart. Every piece is read up to a multiple of eight
 * bytes, those behind it with weights of zero.
 *
 *   weights  int8  [channels / 8][codes / 4][8][4], codes in the order rows, taps, run; a run is filled up to a multiple
 *            of eight codes, the last channels to eight, with zeros. Weights are above -128: two products fit int16.
 *   requant  int32 [channels / 4][3][4]: bias with the input's zero point folded in, multiplier, exponent <= -1; of as
 *            many channels as the weights have
 *
 * Outputs are saturated to int8: tc_limit_neon (tc_neon.h) limits them further.
 *
 * On Arm64 tc_multiply_neon takes the best of three instruction sets that the processor has; tc_multiply_armv7.c is that of
 * Armv7-A. Each computes the same bits.
 */
#ifndef TC_MULTIPLY_NEON_H
#define TC_MULTIPLY_NEON_H

#include "tc_types.h"

typedef struct {
    const int8_t *weights;
    const int32_t *requant;
    int32_t channels, output_pitch;
    int32_t rows, pitch, taps, step, run;
    int32_t width, height, step_x, step_y;
    int32_t output_zero_point;
} tc_product_neon;

void tc_multiply_neon(const tc_product_neon *p, const int8_t *input, int8_t *output);

#endif
