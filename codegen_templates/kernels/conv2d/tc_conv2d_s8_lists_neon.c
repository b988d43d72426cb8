/* conv2d, weights without their zeros, NEON: tc_conv2d_s8_lists_neon.h. */
#include "tc_conv2d_s8_lists_neon.h"

void tc_conv2d_s8_lists_neon(const tc_conv2d_lists_neon_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const tc_lists_neon lists = {p->weights, p->index, p->counts, p->width, p->bits, p->kept, p->group};
    const tc_conv2d_neon_params dense = {
        p->input_h,  p->input_w,          p->input_c,           p->output_h,   p->output_w,   p->output_c, p->kernel_h,
        p->kernel_w, p->stride_h,         p->stride_w,          p->dilation_h, p->dilation_w, p->pad_top,  p->pad_left,
        p->groups,   p->input_zero_point, p->output_zero_point, p->clamp_min,  p->clamp_max,  p->weights,  p->requant};
    int32_t width = p->input_w;

    if (!p->inside) {
        const tc_plane_neon plane = tc_conv2d_plane_neon(&dense);
        int8_t *copy = (int8_t *)scratch + p->unpacked;
        tc_copy_plane_neon(&plane, input, copy);
        input = copy;
        width = plane.width;
    }
    const tc_product_neon product = tc_conv2d_product_neon(&dense, width);
    tc_multiply_lists_neon(&product, lists, input, output, (int8_t *)scratch);
    tc_limit_neon(output, p->output_h * p->output_w * p->output_c, p->clamp_min, p->clamp_max);
}
