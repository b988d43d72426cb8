/*
 * add, int8, cores without the DSP extension: two activations of one shape. output may be input0 or input1.
 *
 * The operand of the larger scale, `major`, has the multiplier 1/2: its term is a shift.
 *   minor term = rescale((minor - minor_zero_point) * 2^20), sum = major * 2^19 + major_offset + minor term
 */
#ifndef TC_ADD_S8_THUMB_H
#define TC_ADD_S8_THUMB_H

#include "tc_types.h"

typedef struct {
    int32_t count;
    int32_t major_index; /* input 0 or 1 */
    int32_t minor_zero_point, minor_multiplier, minor_shift;
    int32_t major_offset;
    int32_t output_multiplier, output_shift, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
} tc_add_thumb_params;

void tc_add_s8_thumb(const tc_add_thumb_params *p, const int8_t *input0, const int8_t *input1, int8_t *output);

#endif
