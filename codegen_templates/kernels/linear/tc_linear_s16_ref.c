/* linear, int16 activations, portable C: one dot product per output. */
#include "tc_linear_s16_ref.h"
#include "tc_numerics.h"

void tc_linear_s16_ref(const tc_linear_params *p, const int16_t *input, int16_t *output)
{
    for (int32_t row = 0; row < p->rows; ++row, input += p->input_c) {
        const int8_t *weights = p->weights;
        for (int32_t o = 0; o < p->output_c; ++o, weights += p->input_c) {
            int32_t acc = p->bias[o];
            for (int32_t c = 0; c < p->input_c; ++c) {
                acc += input[c] * weights[c];
            }
            const int32_t q = tc_requantize(acc, p->multiplier[o], p->exponent[o]);
            *output++ = (int16_t)tc_clamp(q, p->clamp_min, p->clamp_max);
        }
    }
}
