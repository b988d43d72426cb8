/* conv2d, weights of 2 bits, DSP extension. */
#include "tc_conv2d_s2_dsp.h"
#include "tc_conv2d_fields_dsp.h"
#include "tc_multiply_4x2_s2_dsp.h"

void tc_conv2d_s2_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_conv2d_fields_dsp(p, input, output, (int32_t *)scratch, 1, tc_multiply_4x2_s2_dsp);
}
