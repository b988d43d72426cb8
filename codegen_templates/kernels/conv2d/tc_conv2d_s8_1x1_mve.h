/*
 * conv2d, int8, MVE, 1x1 windows without padding or groups: rows of pixels times a matrix (tc_multiply_rows_mve.h).
 *
 *   weights, requant  as tc_multiply_rows_mve.h has them
 */
#ifndef TC_CONV2D_S8_1X1_MVE_H
#define TC_CONV2D_S8_1X1_MVE_H

#include "tc_conv2d_s8_mve.h"

void tc_conv2d_s8_1x1_mve(const tc_conv2d_mve_params *p, const int8_t *input, int8_t *output);

#endif
