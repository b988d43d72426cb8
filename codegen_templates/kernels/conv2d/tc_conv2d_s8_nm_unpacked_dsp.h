/* conv2d, 1 or 2 of 4 weights, DSP extension, unpacked by pairs of channels: tc_conv2d_unpacked_dsp.h. */
#ifndef TC_CONV2D_S8_NM_UNPACKED_DSP_H
#define TC_CONV2D_S8_NM_UNPACKED_DSP_H

#include "tc_conv2d_unpacked_dsp.h"

void tc_conv2d_s8_nm_unpacked_dsp(const tc_conv2d_unpacked_dsp_params *p, const int8_t *input, int8_t *output,
                                  void *scratch);

#endif
