/* conv2d, int8, DSP extension, Winograd: tc_conv2d_winograd_dsp.h. */
#ifndef TC_CONV2D_S8_WINOGRAD_DSP_H
#define TC_CONV2D_S8_WINOGRAD_DSP_H

#include "tc_conv2d_winograd_dsp.h"

/* scratch: as tc_conv2d_winograd_dsp wants it, 4-byte aligned. */
void tc_conv2d_s8_winograd_dsp(const tc_conv2d_winograd_dsp_params *p, const int8_t *input, int8_t *output,
                               void *scratch);

#endif
