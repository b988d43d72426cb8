/* add, int8, cores without the DSP extension: two activations of one shape, as one sum. output may be either input. */
#ifndef TC_ADD_S8_SUM_THUMB_H
#define TC_ADD_S8_SUM_THUMB_H

#include "tc_add_sum.h"

void tc_add_s8_sum_thumb(const tc_add_sum_params *p, const int8_t *input0, const int8_t *input1, int8_t *output);

#endif
