/* conv2d, int8, DSP extension, any shape: tc_conv2d_dsp.h. */
#ifndef TC_CONV2D_S8_DSP_H
#define TC_CONV2D_S8_DSP_H

#include "tc_conv2d_dsp.h"

/* scratch: 32 * units bytes, 4-byte aligned. */
void tc_conv2d_s8_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
