/*
 * conv2d, int8, NEON, any shape: what the windows see of the input is copied to the scratch buffer with its padding, so
 * that they may reach beyond it and be read beyond their end.
 */
#ifndef TC_CONV2D_S8_NEON_H
#define TC_CONV2D_S8_NEON_H

#include "tc_conv2d_neon.h"

/* scratch: what the windows see of the input, and 16 bytes. */
void tc_conv2d_s8_neon(const tc_conv2d_neon_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
