/* linear, weights of one bit, DSP extension. */
#include "tc_linear_b1_dsp.h"
#include "tc_linear_fields_dsp.h"
#include "tc_multiply_1x4_b1_dsp.h"

void tc_linear_b1_dsp(const tc_linear_dsp_params *p, const int8_t *input, int8_t *output)
{
    tc_linear_fields_dsp(p, input, output, 1, tc_multiply_1x4_b1_dsp);
}
