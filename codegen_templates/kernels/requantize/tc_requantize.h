/*
 * requantize: change of scale and zero point, int8 to int8.
 *
 *   input, output  int8 [count]
 */
#ifndef TC_REQUANTIZE_H
#define TC_REQUANTIZE_H

#include "tc_types.h"

typedef struct {
    int32_t count;
    int32_t input_zero_point, output_zero_point;
    int32_t multiplier, exponent; /* s_input / s_output */
} tc_requantize_params;

/* Portable. output may be input. */
void tc_requantize_s8_ref(const tc_requantize_params *p, const int8_t *input, int8_t *output);

#endif
