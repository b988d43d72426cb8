/* linear, weights without their zeros, NEON: tc_lists_neon.h has the layout of weights (the values), index and counts. */
#ifndef TC_LINEAR_S8_LISTS_NEON_H
#define TC_LINEAR_S8_LISTS_NEON_H

#include "tc_lists_neon.h"
#include "tc_neon.h"

typedef struct {
    int32_t rows, input_c, output_c;
    int32_t output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int8_t *weights;
    const int32_t *requant;
    const uint8_t *index;
    const uint16_t *counts;
    int32_t width, bits;
    int32_t kept, group;
} tc_linear_lists_neon_params;

/* scratch: 16 bytes for each code of a row. */
void tc_linear_s8_lists_neon(const tc_linear_lists_neon_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
