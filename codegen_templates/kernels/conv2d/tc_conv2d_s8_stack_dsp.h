/* conv2d, int8, DSP extension, windows of at most 68 units, more stack and more speed than tc_conv2d_s8_small_dsp: tc_conv2d_dsp.h. */
#ifndef TC_CONV2D_S8_STACK_DSP_H
#define TC_CONV2D_S8_STACK_DSP_H

#include "tc_conv2d_dsp.h"

#define TC_CONV2D_STACK_PATCH_BYTES 2176 /* four blocks of 1x1 windows of 64 channels */

/* 32 * units <= TC_CONV2D_STACK_PATCH_BYTES. */
void tc_conv2d_s8_stack_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output);

#endif
