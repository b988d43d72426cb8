/* mul, int8, MVE: two activations of one shape, four elements at a time. output may be input0 or input1. */
#ifndef TC_MUL_S8_MVE_H
#define TC_MUL_S8_MVE_H

#include "tc_types.h"

/* The assembly knows the offsets. */
typedef struct {
    int32_t count;
    int32_t input0_zero_point, input1_zero_point;
    int32_t multiplier, exponent;
    int32_t output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
} tc_mul_mve_params;

void tc_mul_s8_mve(const tc_mul_mve_params *p, const int8_t *input0, const int8_t *input1, int8_t *output);

#endif
