/* tc_multiply_neon by NEON alone: SMULL, SMLAL, SADALP. */
#ifndef TC_MULTIPLY_BASE_H
#define TC_MULTIPLY_BASE_H

#include "tc_multiply_neon.h"

void tc_multiply_base(const tc_product_neon *p, const int8_t *input, int8_t *output);

#endif
