/* tc_multiply_neon by 8-bit matrix products: SMMLA, and SDOT for a single window. */
#ifndef TC_MULTIPLY_I8MM_H
#define TC_MULTIPLY_I8MM_H

#include "tc_multiply_neon.h"

void tc_multiply_i8mm(const tc_product_neon *p, const int8_t *input, int8_t *output);

#endif
