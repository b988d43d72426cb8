/* requantize, int8, DSP extension. */
#include "tc_requantize_s8_dsp.h"
#include "tc_rescale_dsp.h"

void tc_requantize_s8_dsp(const tc_requantize_params *p, const int8_t *input, int8_t *output)
{
    tc_rescale_codes_dsp(input, output, p->count, p->input_zero_point, p->multiplier, p->exponent,
                         p->output_zero_point);
}
