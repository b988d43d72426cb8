/* depthwise_conv2d 3x3, int8, DSP extension: tc_depthwise_conv2d_3x3_dsp.h. */
#ifndef TC_DEPTHWISE_CONV2D_S8_3X3_SMALL_DSP_H
#define TC_DEPTHWISE_CONV2D_S8_3X3_SMALL_DSP_H

#include "tc_depthwise_conv2d_3x3_dsp.h"

#define TC_DEPTHWISE_SMALL_TILE_BYTES 1680

/* The tile fits TC_DEPTHWISE_SMALL_TILE_BYTES. */
void tc_depthwise_conv2d_s8_3x3_small_dsp(const tc_depthwise_conv2d_3x3_dsp_params *p, const int8_t *input,
                                          int8_t *output);

#endif
