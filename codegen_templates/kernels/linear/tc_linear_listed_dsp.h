/* linear on the DSP extension, listed weights: tc_multiply_listed_dsp.h row by row. */
#ifndef TC_LINEAR_LISTED_DSP_H
#define TC_LINEAR_LISTED_DSP_H

#include "tc_linear_stored_dsp.h"
#include "tc_multiply_listed_dsp.h"

/* ``multiply`` is a literal: a direct call. */
TC_INLINE void tc_linear_listed_dsp(const tc_linear_stored_dsp_params *p, const int8_t *input, int8_t *output,
                                    void (*multiply)(const tc_multiply_listed *work))
{
    for (int32_t row = 0; row < p->rows; ++row, input += p->input_c, output += p->output_c) {
        const tc_multiply_listed work = {input,
                                         p->counts,
                                         output,
                                         2 * p->output_zero_point + 1,
                                         p->requant + 2 * p->output_c,
                                         p->weights,
                                         p->counts + p->output_c,
                                         p->requant};
        multiply(&work);
    }
    output -= (ptrdiff_t)p->rows * p->output_c;
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, p->rows * p->output_c, p->clamp_min, p->clamp_max);
    }
}

#endif
