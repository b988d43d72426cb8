/* depthwise_conv2d of any window, int8, DSP extension, small tile: tc_depthwise_conv2d_lines_dsp.h. */
#ifndef TC_DEPTHWISE_CONV2D_S8_LINES_SMALL_DSP_H
#define TC_DEPTHWISE_CONV2D_S8_LINES_SMALL_DSP_H

#include "tc_depthwise_conv2d_lines_dsp.h"

#define TC_DEPTHWISE_LINES_SMALL_BYTES 1280

/* Weights and tile fit TC_DEPTHWISE_LINES_SMALL_BYTES. */
void tc_depthwise_conv2d_s8_lines_small_dsp(const tc_depthwise_conv2d_lines_dsp_params *p, const int8_t *input,
                                            int8_t *output);

#endif
