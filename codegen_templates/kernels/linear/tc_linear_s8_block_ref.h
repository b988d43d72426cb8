/* linear, int8, portable C: two output channels at a time. */
#ifndef TC_LINEAR_S8_BLOCK_REF_H
#define TC_LINEAR_S8_BLOCK_REF_H

#include "tc_linear.h"

/* bias has the input's zero point folded in: bias - input_zero_point * sum of the channel's weights. */
void tc_linear_s8_block_ref(const tc_linear_params *p, const int8_t *input, int8_t *output);

#endif
