/* depthwise_conv2d with int16 activations: multipliers of 15 bits, zero points 0, else as tc_depthwise_conv2d.h has it. */
#ifndef TC_DEPTHWISE_CONV2D_S16_REF_H
#define TC_DEPTHWISE_CONV2D_S16_REF_H

#include "tc_depthwise_conv2d.h"

void tc_depthwise_conv2d_s16_ref(const tc_depthwise_conv2d_params *p, const int16_t *input, int16_t *output);

#endif
