/* conv2d, 4-bit weights with a unit a group or a channel, DSP extension, unpacked by pairs of channels: tc_conv2d_unpacked_dsp.h. */
#ifndef TC_CONV2D_S4_GROUP_UNPACKED_DSP_H
#define TC_CONV2D_S4_GROUP_UNPACKED_DSP_H

#include "tc_conv2d_unpacked_dsp.h"

void tc_conv2d_s4_group_unpacked_dsp(const tc_conv2d_unpacked_dsp_params *p, const int8_t *input, int8_t *output,
                                     void *scratch);

#endif
