/* linear, float32, Arm64: tc_linear_f32_neon.h. */
#include "tc_linear_f32_neon.h"
#include "tc_multiply_f32_neon.h"

void tc_linear_f32_neon(const tc_linear_f32_params *p, const float *input, float *output)
{
    const tc_product_f32_neon product = {.weights = p->weights,
                                         .bias = p->bias,
                                         .channels = p->output_c,
                                         .block = 8 * p->input_c,
                                         .rows = 1,
                                         .taps = 1,
                                         .run = p->input_c,
                                         .width = p->rows,
                                         .height = 1,
                                         .step_x = p->input_c,
                                         .output_x = p->output_c,
                                         .low = p->clamp_min,
                                         .high = p->clamp_max};
    tc_multiply_f32_neon(&product, input, output);
}
