/*
 * Products of windows with a matrix of float32 weights: conv2d and linear on Arm64.
 *
 * A window is rows x taps pieces of `run` numbers, a row `pitch` and a tap `step` numbers after the one before; the
 * windows of width x height output pixels start step_x and step_y numbers apart, their outputs output_x and output_y.
 * Nothing is read beyond a window.
 *
 *   weights  [channels / 8][numbers][8], in the order rows, taps, run; the last channels are filled up to eight.
 *            From a channel block to the next are `block`, from the end of a row to the next `row_gap` weights, so that
 *            a window may be a part of a larger one.
 *   bias     of the channels, filled up to sixteen
 *
 * Every output is one chain of fused multiply-adds, from the bias on, in the order of the weights of its channel; then it
 * is limited to low and high.
 */
#ifndef TC_MULTIPLY_F32_NEON_H
#define TC_MULTIPLY_F32_NEON_H

#include "tc_types.h"

typedef struct {
    const float *weights, *bias;
    int32_t channels, block, row_gap;
    int32_t rows, pitch, taps, step, run;
    int32_t width, height, step_x, step_y, output_x, output_y;
    float low, high;
} tc_product_f32_neon;

void tc_multiply_f32_neon(const tc_product_f32_neon *p, const float *input, float *output);

#endif
