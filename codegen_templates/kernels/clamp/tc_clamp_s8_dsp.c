/* clamp, int8, DSP extension. */
#include "tc_clamp_s8_dsp.h"
#include "tc_rescale_dsp.h"

void tc_clamp_s8_dsp(const tc_clamp_params *p, const int8_t *input, int8_t *output)
{
    tc_rescale_codes_dsp(input, output, p->count, p->input_zero_point, p->multiplier, p->exponent,
                         p->output_zero_point);
    if (p->clamp_min > INT8_MIN || p->clamp_max < INT8_MAX) {
        tc_clamp_codes(output, p->count, p->clamp_min, p->clamp_max);
    }
}
