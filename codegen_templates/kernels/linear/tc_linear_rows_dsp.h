/* linear on the DSP extension: an inner block for four or eight output channels, row by row. */
#ifndef TC_LINEAR_ROWS_DSP_H
#define TC_LINEAR_ROWS_DSP_H

#include "tc_dsp.h"
#include "tc_linear_dsp.h"

/* tc_multiply_1x4_dsp, tc_multiply_1x8_dsp */
typedef void tc_multiply_row_dsp(const int8_t *codes, const int32_t *weights, const int32_t *requant, int8_t *output,
                                 int32_t rounder, int32_t count, const int32_t *end);

/*
 * ``together`` channels have ``words`` weight words, and at least so many codes as ``multiply`` asks for. It is a literal,
 * like ``together``: a direct call.
 */
TC_INLINE void tc_linear_rows_dsp(const tc_linear_dsp_params *p, const int8_t *input, int8_t *output, int32_t together,
                                  int32_t words, tc_multiply_row_dsp *multiply)
{
    const int32_t rounder = 2 * p->output_zero_point + 1;
    const int32_t groups = p->output_c / together, whole = groups * together;
    const int32_t *end = p->requant + 2 * whole;

    for (int32_t row = 0; row < p->rows; ++row, input += p->input_c, output += p->output_c) {
        if (whole > 0) {
            multiply(input, p->weights, p->requant, output, rounder, p->input_c, end);
        }
        if (whole < p->output_c) {
            int8_t last[8];
            multiply(input, p->weights + (ptrdiff_t)groups * words, end, last, rounder, p->input_c, end + 2 * together);
            memcpy(output + whole, last, (size_t)(p->output_c - whole));
        }
        if (p->clamp_min > -128 || p->clamp_max < 127) {
            tc_clamp_codes(output, p->output_c, p->clamp_min, p->clamp_max);
        }
    }
}

#endif
