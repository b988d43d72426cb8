/* conv2d, weights of one bit, DSP extension. */
#include "tc_conv2d_b1_dsp.h"
#include "tc_conv2d_fields_dsp.h"
#include "tc_multiply_4x2_b1_dsp.h"

void tc_conv2d_b1_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_conv2d_fields_dsp(p, input, output, (int32_t *)scratch, 1, tc_multiply_4x2_b1_dsp);
}
