/* conv2d, weights from a codebook of 16, DSP extension, unpacked by pairs of channels: tc_conv2d_unpacked_dsp.h. */
#ifndef TC_CONV2D_S8_CB4_UNPACKED_DSP_H
#define TC_CONV2D_S8_CB4_UNPACKED_DSP_H

#include "tc_conv2d_unpacked_dsp.h"

void tc_conv2d_s8_cb4_unpacked_dsp(const tc_conv2d_unpacked_dsp_params *p, const int8_t *input, int8_t *output,
                                   void *scratch);

#endif
