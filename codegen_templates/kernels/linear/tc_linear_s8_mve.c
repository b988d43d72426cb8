/* linear, int8, MVE: tc_linear_s8_mve.h. */
#include "tc_linear_s8_mve.h"
#include "tc_multiply_rows_mve.h"

void tc_linear_s8_mve(const tc_linear_mve_params *p, const int8_t *input, int8_t *output)
{
    const tc_matrix_mve matrix = {p->weights,           p->requant,   p->input_c,  p->output_c,
                                  p->output_zero_point, p->clamp_min, p->clamp_max};
    tc_multiply_rows_mve(&matrix, input, output, p->rows, p->input_c, p->output_c);
}
