/* linear, int8, NEON: rows that are multiples of eight codes, read in place. */
#ifndef TC_LINEAR_S8_INSIDE_NEON_H
#define TC_LINEAR_S8_INSIDE_NEON_H

#include "tc_linear_neon.h"

void tc_linear_s8_inside_neon(const tc_linear_neon_params *p, const int8_t *input, int8_t *output);

#endif
