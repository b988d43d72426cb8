/* linear, binary weights, portable C: tc_stored.h. */
#ifndef TC_LINEAR_B1_REF_H
#define TC_LINEAR_B1_REF_H

#include "tc_stored.h"

/* Any shape. */
void tc_linear_b1_ref(const tc_stored_params *p, const int8_t *input, int8_t *output);

#endif
