/* conv2d, weights without their zeros, NEON: tc_lists_neon.h has the layout of weights (the values), index and counts. */
#ifndef TC_CONV2D_S8_LISTS_NEON_H
#define TC_CONV2D_S8_LISTS_NEON_H

#include "tc_conv2d_neon.h"
#include "tc_lists_neon.h"

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
    const uint8_t *index;
    const uint16_t *counts;
    int32_t width, bits;
    int32_t kept, group;
    int32_t unpacked; /* bytes of scratch for weights */
    int32_t inside; /* windows are read in place: tc_conv2d_s8_inside_neon.h */
} tc_conv2d_lists_neon_params;

/* scratch: `unpacked` bytes; unless `inside`, what the windows see of the input, and 16 bytes. */
void tc_conv2d_s8_lists_neon(const tc_conv2d_lists_neon_params *p, const int8_t *input, int8_t *output, void *scratch);

#endif
