/* conv2d, int8, DSP extension, lines of at most 1152 bytes in all: tc_conv2d_lines_dsp.h. */
#ifndef TC_CONV2D_S8_LINES_SMALL_DSP_H
#define TC_CONV2D_S8_LINES_SMALL_DSP_H

#include "tc_conv2d_lines_dsp.h"

#define TC_CONV2D_SMALL_LINES_BYTES 1152 /* 1x1 windows of 144 channels */

/* 32 * kernel_h * positions * position_units <= TC_CONV2D_SMALL_LINES_BYTES. */
void tc_conv2d_s8_lines_small_dsp(const tc_conv2d_lines_dsp_params *p, const int8_t *input, int8_t *output);

#endif
