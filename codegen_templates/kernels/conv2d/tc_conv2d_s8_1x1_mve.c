/* conv2d 1x1, int8, MVE: tc_conv2d_s8_1x1_mve.h. */
#include "tc_conv2d_s8_1x1_mve.h"
#include "tc_multiply_rows_mve.h"

void tc_conv2d_s8_1x1_mve(const tc_conv2d_mve_params *p, const int8_t *input, int8_t *output)
{
    const tc_matrix_mve matrix = {p->weights,           p->requant,   p->input_c,  p->output_c,
                                  p->output_zero_point, p->clamp_min, p->clamp_max};
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        tc_multiply_rows_mve(&matrix, input, output, p->output_w, p->stride_w * p->input_c, p->output_c);
        input += p->stride_h * p->input_w * p->input_c;
        output += p->output_w * p->output_c;
    }
}
