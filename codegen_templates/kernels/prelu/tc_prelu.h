/*
 * prelu: x where x >= 0, alpha[c] * x elsewhere, int8.
 *
 *   input, output  int8 [rows][channels]
 *   alpha          int8 [channels]
 */
#ifndef TC_PRELU_H
#define TC_PRELU_H

#include "tc_types.h"

typedef struct {
    int32_t rows, channels;
    int32_t input_zero_point, alpha_zero_point, output_zero_point;
    int32_t multiplier, exponent;             /* s_input / s_output */
    int32_t alpha_multiplier, alpha_exponent; /* s_input * s_alpha / s_output */
    const int8_t *alpha;
} tc_prelu_params;

/* Portable. output may be input. */
void tc_prelu_s8_ref(const tc_prelu_params *p, const int8_t *input, int8_t *output);

#endif
