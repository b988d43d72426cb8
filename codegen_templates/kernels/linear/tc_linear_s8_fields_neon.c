/* linear, weights of 1, 2 or 4 bits, NEON: tc_linear_s8_fields_neon.h. */
#include "tc_linear_s8_fields_neon.h"

void tc_linear_s8_fields_neon(const tc_linear_fields_neon_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const tc_fields_neon fields = {p->weights, p->table, p->factors, p->bits, p->lot};
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
    if (!p->inside) {
        int8_t *copy = (int8_t *)scratch + p->unpacked;
        tc_copy_neon(copy, input, p->rows * p->input_c);
        input = copy;
    }
    tc_multiply_fields_neon(&product, &fields, input, output, (int8_t *)scratch);
    tc_limit_neon(output, p->rows * p->output_c, p->clamp_min, p->clamp_max);
}
