/* conv2d, int8, portable C, any shape: blocks of four pixels. */
#ifndef TC_CONV2D_S8_BLOCK_REF_H
#define TC_CONV2D_S8_BLOCK_REF_H

#include "tc_conv2d.h"

/*
 * bias has the input's zero point folded in: bias - input_zero_point * sum of the channel's weights.
 * scratch: int32 [kernel_h * kernel_w * input_c / groups][4].
 */
void tc_conv2d_s8_block_ref(const tc_conv2d_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
