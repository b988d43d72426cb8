/* linear, int8, DSP extension: tc_linear_s8_dsp.h. */
#include "tc_linear_s8_dsp.h"
#include "tc_linear_rows_dsp.h"
#include "tc_multiply_1x4_dsp.h"

void tc_linear_s8_dsp(const tc_linear_dsp_params *p, const int8_t *input, int8_t *output)
{
    tc_linear_rows_dsp(p, input, output, 4, (p->input_c + 7) / 8 * 8, tc_multiply_1x4_dsp);
}
