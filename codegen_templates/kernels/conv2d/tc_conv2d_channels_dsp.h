/* What the DSP kernels of conv2d do with four expanded windows. */
#ifndef TC_CONV2D_CHANNELS_DSP_H
#define TC_CONV2D_CHANNELS_DSP_H

#include "tc_multiply_4x2_dsp.h"

/* Computes ``channels`` channels of the blocks of ``work``, whose end is set here; returns the weights behind them. */
const int32_t *tc_conv2d_channels_dsp(tc_multiply_4x2 *work, int32_t channels);

#endif
