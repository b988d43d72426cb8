/*
 * add, int8, NEON: two activations of one shape whose results are all those of one sum,
 *   (input0 * multiplier0 + input1 * multiplier1 + constant) >> shift, saturated, limited
 * found, or not, when the code is generated. output may be input0 or input1.
 */
#ifndef TC_ADD_S8_SUM_NEON_H
#define TC_ADD_S8_SUM_NEON_H

#include "tc_types.h"

typedef struct {
    int32_t count;
    int32_t multiplier0, multiplier1, constant, shift;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
} tc_add_sum_neon_params;

void tc_add_s8_sum_neon(const tc_add_sum_neon_params *p, const int8_t *input0, const int8_t *input1, int8_t *output);

#endif
