/* conv2d, weights of 2 bits, DSP extension: tc_conv2d_fields_dsp.h. */
#ifndef TC_CONV2D_S2_DSP_H
#define TC_CONV2D_S2_DSP_H

#include "tc_conv2d_dsp.h"

/* No groups. scratch: 32 * units bytes, 4-byte aligned. */
void tc_conv2d_s2_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
