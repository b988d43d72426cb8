/*
 * add, int8, NEON: two activations of one shape, sixteen elements at a time. output may be input0 or input1.
 *
 * The operand of the larger scale, `major`, has the multiplier 1/2: its term is a shift.
 *   minor term = rescale((minor - zero point) * 2^20), sum = (major - zero point) * 2^19 + minor term
 */
#ifndef TC_ADD_S8_NEON_H
#define TC_ADD_S8_NEON_H

#include "tc_types.h"

typedef struct {
    int32_t count;
    int32_t major_index; /* input 0 or 1 */
    int32_t minor_zero_point, minor_multiplier, minor_exponent;
    int32_t major_zero_point;
    int32_t output_multiplier, output_exponent, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
} tc_add_neon_params;

void tc_add_s8_neon(const tc_add_neon_params *p, const int8_t *input0, const int8_t *input1, int8_t *output);

#endif
