/* conv2d, int8, DSP extension, any shape, with weights in RAM: tc_conv2d_dsp.h. */
#ifndef TC_CONV2D_S8_COPY_DSP_H
#define TC_CONV2D_S8_COPY_DSP_H

#include "tc_conv2d_dsp.h"

#define TC_CONV2D_COPY_BYTES 12672 /* a third of the weights of 3x3 windows of 64 channels for 64 channels */

/* scratch, 4-byte aligned: that of tc_conv2d_s8_dsp without the weights of a pair, then the chunk's requant and weights. */
void tc_conv2d_s8_copy_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
