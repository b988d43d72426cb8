/* depthwise_conv2d of any window, int8, DSP extension: tc_depthwise_conv2d_lines_dsp.h. */
#ifndef TC_DEPTHWISE_CONV2D_S8_LINES_DSP_H
#define TC_DEPTHWISE_CONV2D_S8_LINES_DSP_H

#include "tc_depthwise_conv2d_lines_dsp.h"

/* scratch: as large as tc_depthwise_conv2d_lines_dsp asks for. */
void tc_depthwise_conv2d_s8_lines_dsp(const tc_depthwise_conv2d_lines_dsp_params *p, const int8_t *input,
                                      int8_t *output, void *scratch);

#endif
