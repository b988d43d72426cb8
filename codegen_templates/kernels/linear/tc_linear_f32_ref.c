/* linear, float32, portable C, for any shape: four outputs at a time. */
#include "tc_linear_f32_ref.h"
#include "tc_products_f32.h"

void tc_linear_f32_ref(const tc_linear_f32_params *p, const float *input, float *output)
{
    for (int32_t row = 0; row < p->rows; ++row, input += p->input_c) {
        for (int32_t first = 0; first < p->output_c; first += TC_TOGETHER_F32) {
            const int32_t left = p->output_c - first, count = left < TC_TOGETHER_F32 ? left : TC_TOGETHER_F32;
            float acc[TC_TOGETHER_F32];

            for (int32_t o = 0; o < count; ++o) {
                acc[o] = p->bias[first + o];
            }
            tc_add_products_f32(input, p->weights + (ptrdiff_t)first * p->input_c, p->input_c, p->input_c, count, acc);
            for (int32_t o = 0; o < count; ++o) {
                *output++ = tc_clampf(acc[o], p->clamp_min, p->clamp_max);
            }
        }
    }
}
