/*
 * clamp: change of scale and limits (relu, relu6, hardtanh), int8.
 *
 *   input, output  int8 [count]
 */
#ifndef TC_CLAMP_H
#define TC_CLAMP_H

#include "tc_types.h"

typedef struct {
    int32_t count;
    int32_t input_zero_point, output_zero_point;
    int32_t multiplier, exponent; /* s_input / s_output */
    int32_t clamp_min, clamp_max; /* int8 codes of the range */
} tc_clamp_params;

/* Portable. output may be input. */
void tc_clamp_s8_ref(const tc_clamp_params *p, const int8_t *input, int8_t *output);

#endif
