/* tc_multiply_neon by dot products: SDOT. */
#ifndef TC_MULTIPLY_DOTPROD_H
#define TC_MULTIPLY_DOTPROD_H

#include "tc_multiply_neon.h"

void tc_multiply_dotprod(const tc_product_neon *p, const int8_t *input, int8_t *output);

#endif
