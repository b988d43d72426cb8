/* linear, 2-bit and ternary weights, portable C: tc_stored.h. */
#ifndef TC_LINEAR_S2_REF_H
#define TC_LINEAR_S2_REF_H

#include "tc_stored.h"

/* Any shape. */
void tc_linear_s2_ref(const tc_stored_params *p, const int8_t *input, int8_t *output);

#endif
