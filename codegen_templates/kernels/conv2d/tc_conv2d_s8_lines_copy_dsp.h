/* conv2d, int8, DSP extension, line by line with weights in RAM: tc_conv2d_lines_dsp.h. */
#ifndef TC_CONV2D_S8_LINES_COPY_DSP_H
#define TC_CONV2D_S8_LINES_COPY_DSP_H

#include "tc_conv2d_lines_dsp.h"

/* scratch: the lines, then a chunk's requant and weights, 4-byte aligned. */
void tc_conv2d_s8_lines_copy_dsp(const tc_conv2d_lines_dsp_params *p, const int8_t *input, int8_t *output,
                                 void *scratch);

#endif
