/* conv2d, int8, Arm64: tc_conv2d_s8_neon.h. */
#include "tc_conv2d_s8_neon.h"
#include "tc_plane_neon.h"

void tc_conv2d_s8_neon(const tc_conv2d_neon_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const tc_plane_neon plane = {.input_h = p->input_h,
                                 .input_w = p->input_w,
                                 .channels = p->input_c,
                                 .height = (p->output_h - 1) * p->stride_h + (p->kernel_h - 1) * p->dilation_h + 1,
                                 .width = (p->output_w - 1) * p->stride_w + (p->kernel_w - 1) * p->dilation_w + 1,
                                 .top = p->pad_top,
                                 .left = p->pad_left,
                                 .zero_point = p->input_zero_point};

    tc_copy_plane_neon(&plane, input, (int8_t *)scratch);
    tc_conv2d_neon(p, (const int8_t *)scratch, plane.width, output);
}
