/* conv2d, int8, NEON: windows that lie inside the input, in runs that are multiples of eight codes; read in place. */
#ifndef TC_CONV2D_S8_INSIDE_NEON_H
#define TC_CONV2D_S8_INSIDE_NEON_H

#include "tc_conv2d_neon.h"

void tc_conv2d_s8_inside_neon(const tc_conv2d_neon_params *p, const int8_t *input, int8_t *output);

#endif
