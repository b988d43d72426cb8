/* conv2d, int8, NEON: tc_conv2d_s8_inside_neon.h. */
#include "tc_conv2d_s8_inside_neon.h"

void tc_conv2d_s8_inside_neon(const tc_conv2d_neon_params *p, const int8_t *input, int8_t *output)
{
    tc_conv2d_neon(p, input, p->input_w, output);
}
