/* conv2d, int8, DSP extension, any shape: tc_conv2d_dsp.h. */
#ifndef TC_CONV2D_S8_DSP_H
#define TC_CONV2D_S8_DSP_H

#include "tc_conv2d_dsp.h"

#define TC_CONV2D_PATCHES_BYTES 2176 /* four blocks of 1x1 windows of 64 channels */

/* scratch, 4-byte aligned: what tc_conv2d_dsp uses of TC_CONV2D_PATCHES_BYTES, or 32 * units bytes if that is more. */
void tc_conv2d_s8_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
