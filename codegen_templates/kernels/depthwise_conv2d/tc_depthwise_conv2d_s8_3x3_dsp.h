/* depthwise_conv2d 3x3, int8, DSP extension: tc_depthwise_conv2d_3x3_dsp.h. */
#ifndef TC_DEPTHWISE_CONV2D_S8_3X3_DSP_H
#define TC_DEPTHWISE_CONV2D_S8_3X3_DSP_H

#include "tc_depthwise_conv2d_3x3_dsp.h"

/* scratch: the tile, 4-byte aligned. */
void tc_depthwise_conv2d_s8_3x3_dsp(const tc_depthwise_conv2d_3x3_dsp_params *p, const int8_t *input, int8_t *output,
                                    void *scratch);

#endif
