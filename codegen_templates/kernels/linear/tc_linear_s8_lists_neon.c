/* linear, weights without their zeros, NEON: tc_linear_s8_lists_neon.h. */
#include "tc_linear_s8_lists_neon.h"

void tc_linear_s8_lists_neon(const tc_linear_lists_neon_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const tc_lists_neon lists = {p->weights, p->index, p->counts, p->width, p->bits, p->kept, p->group};
    const tc_product_neon product = {.requant = p->requant,
                                     .channels = p->output_c,
                                     .output_pitch = p->output_c,
                                     .rows = 1,
                                     .taps = 1,
                                     .run = p->input_c,
                                     .width = p->rows,
                                     .height = 1,
                                     .step_x = p->input_c,
                                     .output_zero_point = p->output_zero_point};
    tc_multiply_lists_neon(&product, lists, input, output, (int8_t *)scratch);
    tc_limit_neon(output, p->rows * p->output_c, p->clamp_min, p->clamp_max);
}
