/* mul, int8, DSP extension: an activation and a constant along the last axis. */
#include "tc_mul_s8_channel_constant_dsp.h"

void tc_mul_s8_channel_constant_dsp(const tc_mul_dsp_params *p, const int8_t *input, int8_t *output)
{
    tc_mul_rows_dsp(p, input, p->operand, output);
}
