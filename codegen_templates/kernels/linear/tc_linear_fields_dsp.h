/* linear on the DSP extension, weights of 4, 2 or 1 bits: tc_multiply_1x4_fields_dsp.h row by row. */
#ifndef TC_LINEAR_FIELDS_DSP_H
#define TC_LINEAR_FIELDS_DSP_H

#include "tc_dsp.h"
#include "tc_linear_dsp.h"
#include "tc_multiply_1x4_fields_dsp.h"

/* At least four inputs. ``multiply`` is a literal: a direct call. */
TC_INLINE void tc_linear_fields_dsp(const tc_linear_dsp_params *p, const int8_t *input, int8_t *output, int32_t offset,
                                    tc_multiply_1x4_fields *multiply)
{
    const int32_t rounder = 2 * p->output_zero_point + 1;
    const int32_t whole = p->output_c & ~3;
    const int32_t *end = p->requant + 2 * whole;

    for (int32_t row = 0; row < p->rows; ++row, input += p->input_c, output += p->output_c) {
        const int32_t correction = tc_row_correction_dsp(input, p->input_c, offset);
        const int32_t *weights = p->weights;
        if (whole > 0) {
            weights = multiply(input, weights, p->requant, output, rounder, p->input_c, end, correction);
        }
        if (whole < p->output_c) {
            int8_t four[4];
            multiply(input, weights, end, four, rounder, p->input_c, end + 8, correction);
            memcpy(output + whole, four, (size_t)(p->output_c - whole));
        }
        if (p->clamp_min > -128 || p->clamp_max < 127) {
            tc_clamp_codes(output, p->output_c, p->clamp_min, p->clamp_max);
        }
    }
}

#endif
