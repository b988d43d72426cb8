/* mul, int8, DSP extension: an activation times one value per channel. */
#include "tc_mul_s8_gate_dsp.h"

void tc_mul_s8_gate_dsp(const tc_mul_dsp_params *p, const int8_t *input0, const int8_t *input1, int8_t *output)
{
    tc_mul_rows_dsp(p, input0, input1, output);
}
