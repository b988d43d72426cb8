/* linear, int16 activations, DSP extension: tc_linear_s16_dsp.h. */
#include "tc_linear_s16_dsp.h"
#include "tc_multiply_2x2_s16_dsp.h"
#include "tc_numerics.h"

void tc_linear_s16_dsp(const tc_linear_s16_dsp_params *p, const int16_t *input, int16_t *output)
{
    const int32_t fours = p->input_c / 4;

    for (int32_t row = 0; row < p->rows; ++row, input += p->input_c, output += p->output_c) {
        const int32_t *weights = p->weights;
        for (int32_t o = 0; o < p->output_c; o += 2, weights += 2 * fours) {
            int32_t sums[2] = {p->bias[o], p->bias[o + 1]};
            tc_multiply_1x2_s16_dsp(input, weights, fours, sums);
            for (int32_t i = 0; i < 2 && o + i < p->output_c; ++i) {
                const int32_t q = tc_requantize(sums[i], p->multiplier[o + i], p->exponent[o + i]);
                output[o + i] = (int16_t)tc_clamp(q, p->clamp_min, p->clamp_max);
            }
        }
    }
}
