/* linear, weights of 2 bits, DSP extension. */
#include "tc_linear_s2_dsp.h"
#include "tc_linear_fields_dsp.h"
#include "tc_multiply_1x4_s2_dsp.h"

void tc_linear_s2_dsp(const tc_linear_dsp_params *p, const int8_t *input, int8_t *output)
{
    tc_linear_fields_dsp(p, input, output, 1, tc_multiply_1x4_s2_dsp);
}
