/*
 * depthwise_conv2d, float32, Arm64, one filter a channel, any window: lanes are channels.
 *
 * Windows of which the same part lies inside the input are computed together. Nine taps of 3x3 windows one pixel apart
 * are kept in registers, and their columns, each of which three windows of a row see.
 *
 *   weights  [channels / 4][kernel_h][kernel_w][4], bias [channels / 4][4]; the last channels are filled up to four
 */
#ifndef TC_DEPTHWISE_CONV2D_F32_NEON_H
#define TC_DEPTHWISE_CONV2D_F32_NEON_H

#include "tc_depthwise_conv2d_f32.h"

void tc_depthwise_conv2d_f32_neon(const tc_depthwise_conv2d_f32_params *p, const float *input, float *output);

#endif
