/* linear, int8, DSP extension: tc_linear_s8_dsp.h. */
#include "tc_linear_s8_dsp.h"
#include "tc_dsp.h"
#include "tc_multiply_1x4_dsp.h"

void tc_linear_s8_dsp(const tc_linear_dsp_params *p, const int8_t *input, int8_t *output)
{
    const int32_t rounder = 2 * p->output_zero_point + 1;
    const int32_t whole = p->output_c & ~3;
    const int32_t *end = p->requant + 2 * whole;
    const int32_t *last = p->weights + (ptrdiff_t)whole * ((p->input_c + 7) / 8 * 2);

    for (int32_t row = 0; row < p->rows; ++row, input += p->input_c, output += p->output_c) {
        if (whole > 0) {
            tc_multiply_1x4_dsp(input, p->weights, p->requant, output, rounder, p->input_c, end);
        }
        if (whole < p->output_c) {
            int8_t four[4];
            tc_multiply_1x4_dsp(input, last, end, four, rounder, p->input_c, end + 8);
            memcpy(output + whole, four, (size_t)(p->output_c - whole));
        }
        if (p->clamp_min > -128 || p->clamp_max < 127) {
            tc_clamp_codes(output, p->output_c, p->clamp_min, p->clamp_max);
        }
    }
}
