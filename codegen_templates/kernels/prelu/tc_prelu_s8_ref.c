/* prelu, int8, portable C. */
#include "tc_numerics.h"
#include "tc_prelu.h"

void tc_prelu_s8_ref(const tc_prelu_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < p->rows; ++row) {
        for (int32_t c = 0; c < p->channels; ++c) {
            const int32_t x = *input++ - p->input_zero_point;
            const int32_t slope = p->alpha[c] - p->alpha_zero_point;
            const int32_t y = x >= 0 ? tc_requantize(x, p->multiplier, p->exponent)
                                     : tc_requantize(x * slope, p->alpha_multiplier, p->alpha_exponent);
            *output++ = (int8_t)tc_clamp(y + p->output_zero_point, INT8_MIN, INT8_MAX);
        }
    }
}
