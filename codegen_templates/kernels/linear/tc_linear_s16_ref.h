/* linear with int16 activations: zero points 0, everything else as tc_linear.h has it. */
#ifndef TC_LINEAR_S16_REF_H
#define TC_LINEAR_S16_REF_H

#include "tc_linear.h"

void tc_linear_s16_ref(const tc_linear_params *p, const int16_t *input, int16_t *output);

#endif
