/* conv2d, weights of 4 bits, DSP extension. */
#include "tc_conv2d_s4_dsp.h"
#include "tc_conv2d_fields_dsp.h"
#include "tc_multiply_4x2_s4_dsp.h"

void tc_conv2d_s4_dsp(const tc_conv2d_dsp_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_conv2d_fields_dsp(p, input, output, (int32_t *)scratch, 8, tc_multiply_4x2_s4_dsp);
}
