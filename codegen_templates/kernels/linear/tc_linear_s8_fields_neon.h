/* linear, weights of 1, 2 or 4 bits, NEON: tc_fields_neon.h has the layout of weights, table and factors. */
#ifndef TC_LINEAR_S8_FIELDS_NEON_H
#define TC_LINEAR_S8_FIELDS_NEON_H

#include "tc_fields_neon.h"
#include "tc_neon.h"

typedef struct {
    int32_t rows, input_c, output_c;
    int32_t output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int8_t *weights;
    const int32_t *requant;
    const int8_t *table, *factors;
    int32_t bits, lot;
    int32_t unpacked; /* bytes of scratch for weights */
    int32_t inside;   /* rows are read in place: they are multiples of eight codes */
} tc_linear_fields_neon_params;

/* scratch: `unpacked` bytes; unless `inside`, rows * input_c and 16 bytes. */
void tc_linear_s8_fields_neon(const tc_linear_fields_neon_params *p, const int8_t *input, int8_t *output,
                              void *scratch);

#endif
