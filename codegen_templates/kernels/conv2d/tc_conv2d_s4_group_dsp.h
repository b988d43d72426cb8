/* conv2d, 4-bit weights in groups with a unit each, DSP extension: tc_stored_quads_dsp.h. */
#ifndef TC_CONV2D_S4_GROUP_DSP_H
#define TC_CONV2D_S4_GROUP_DSP_H

#include "tc_stored.h"

/* scratch: 9 * count bytes, 4-byte aligned. */
void tc_conv2d_s4_group_dsp(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
