/* requantize, int8 to int16, portable C. */
#include "tc_requantize_s8_s16_ref.h"
#include "tc_numerics.h"

void tc_requantize_s8_s16_ref(const tc_requantize_params *p, const int8_t *input, int16_t *output)
{
    for (int32_t i = 0; i < p->count; ++i) {
        const int32_t x = input[i] - p->input_zero_point;
        const int32_t q = tc_requantize(x, p->multiplier, p->exponent) + p->output_zero_point;
        output[i] = (int16_t)tc_clamp(q, INT16_MIN, INT16_MAX);
    }
}
