/* conv2d, weights of 1, 2 or 4 bits, NEON: tc_fields_neon.h has the layout of weights, table and factors. */
#ifndef TC_CONV2D_S8_FIELDS_NEON_H
#define TC_CONV2D_S8_FIELDS_NEON_H

#include "tc_conv2d_neon.h"
#include "tc_fields_neon.h"

typedef struct {
    int32_t input_h, input_w, input_c;
    int32_t output_h, output_w, output_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t groups; /* 1 */
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int8_t *weights;
    const int32_t *requant;
    const int8_t *table, *factors;
    int32_t bits, lot;
    int32_t unpacked; /* bytes of scratch for weights */
    int32_t inside;   /* windows are read in place: tc_conv2d_s8_inside_neon.h */
} tc_conv2d_fields_neon_params;

/* scratch: `unpacked` bytes; unless `inside`, what the windows see of the input, and 16 bytes. */
void tc_conv2d_s8_fields_neon(const tc_conv2d_fields_neon_params *p, const int8_t *input, int8_t *output,
                              void *scratch);

#endif
