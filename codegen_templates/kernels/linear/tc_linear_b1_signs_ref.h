/* linear, binary weights, inputs of which only the sign counts, portable C: tc_stored_signs_ref.h. */
#ifndef TC_LINEAR_B1_SIGNS_REF_H
#define TC_LINEAR_B1_SIGNS_REF_H

#include "tc_stored.h"

void tc_linear_b1_signs_ref(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
