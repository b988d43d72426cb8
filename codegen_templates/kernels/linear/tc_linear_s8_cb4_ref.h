/* linear, weights from a codebook of 16, portable C: tc_stored.h. */
#ifndef TC_LINEAR_S8_CB4_REF_H
#define TC_LINEAR_S8_CB4_REF_H

#include "tc_stored.h"

/* Any shape. */
void tc_linear_s8_cb4_ref(const tc_stored_params *p, const int8_t *input, int8_t *output);

#endif
