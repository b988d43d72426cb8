/* conv2d, int8, DSP extension, windows of at most 36 units: tc_conv2d_dsp.h. */
#ifndef TC_CONV2D_S8_SMALL_DSP_H
#define TC_CONV2D_S8_SMALL_DSP_H

#include "tc_conv2d_dsp.h"

#define TC_CONV2D_SMALL_PATCH_BYTES 1152 /* 3x3 windows of 16 channels, 1x1 of 144 */

/* 32 * units <= TC_CONV2D_SMALL_PATCH_BYTES. */
void tc_conv2d_s8_small_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output);

#endif
