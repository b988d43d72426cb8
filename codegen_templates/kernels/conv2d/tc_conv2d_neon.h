/*
 * What the conv2d kernels for NEON share: a layer as products of windows (tc_multiply_neon.h), without gathering them.
 *
 *   weights, requant  as tc_multiply_neon.h has them, group after group; a run is a window's row where its pixels lie
 *                     side by side, else a pixel
 */
#ifndef TC_CONV2D_NEON_H
#define TC_CONV2D_NEON_H

#include "tc_multiply_neon.h"
#include "tc_neon.h"
#include "tc_plane_neon.h"
#include "tc_types.h"

typedef struct {
    int32_t input_h, input_w, input_c;
    int32_t output_h, output_w, output_c;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t groups;
    int32_t input_zero_point, output_zero_point;
    int32_t clamp_min, clamp_max; /* int8 codes of the fused activation */
    const int8_t *weights;
    const int32_t *requant;
} tc_conv2d_neon_params;

/* What the windows see of the input. */
TC_INLINE tc_plane_neon tc_conv2d_plane_neon(const tc_conv2d_neon_params *p)
{
    const tc_plane_neon plane = {.input_h = p->input_h,
                                 .input_w = p->input_w,
                                 .channels = p->input_c,
                                 .height = (p->output_h - 1) * p->stride_h + (p->kernel_h - 1) * p->dilation_h + 1,
                                 .width = (p->output_w - 1) * p->stride_w + (p->kernel_w - 1) * p->dilation_w + 1,
                                 .top = p->pad_top,
                                 .left = p->pad_left,
                                 .zero_point = p->input_zero_point};
    return plane;
}

/* A group's windows inside an input of `width` columns, the first one at its start. */
TC_INLINE tc_product_neon tc_conv2d_product_neon(const tc_conv2d_neon_params *p, int32_t width)
{
    const int32_t codes = p->input_c / p->groups, channels = p->output_c / p->groups, row = width * p->input_c;
    const int together = p->groups == 1 && (p->dilation_w == 1 || p->kernel_w == 1);
    tc_product_neon product = {.weights = p->weights,
                               .requant = p->requant,
                               .channels = channels,
                               .output_pitch = p->output_c,
                               .rows = p->kernel_h,
                               .pitch = p->dilation_h * row,
                               .taps = together ? 1 : p->kernel_w,
                               .step = p->dilation_w * p->input_c,
                               .run = together ? p->kernel_w * codes : codes,
                               .width = p->output_w,
                               .height = p->output_h,
                               .step_x = p->stride_w * p->input_c,
                               .step_y = p->stride_h * row,
                               .output_zero_point = p->output_zero_point};

    if (product.step_y == product.width * product.step_x) { /* one long row */
        product.width *= product.height;
        product.height = 1;
    }
    return product;
}

/* Windows inside an input of `width` columns, the first one at its start. */
TC_INLINE void tc_conv2d_neon(const tc_conv2d_neon_params *p, const int8_t *input, int32_t width, int8_t *output)
{
    const int32_t codes = p->input_c / p->groups, channels = p->output_c / p->groups;
    tc_product_neon product = tc_conv2d_product_neon(p, width);

    for (int32_t group = 0; group < p->groups; ++group) {
        tc_multiply_neon(&product, input, output);
        product.weights += ((channels + 7) & ~7) * product.rows * product.taps * ((product.run + 7) & ~7);
        product.requant += ((channels + 7) & ~7) * 3;
        input += codes;
        output += channels;
    }
    tc_limit_neon(output - p->output_c, p->output_h * p->output_w * p->output_c, p->clamp_min, p->clamp_max);
}

#endif
