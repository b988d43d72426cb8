/* requantize, int16 to int8, portable C. */
#include "tc_requantize_s16_s8_ref.h"
#include "tc_numerics.h"

void tc_requantize_s16_s8_ref(const tc_requantize_params *p, const int16_t *input, int8_t *output)
{
    for (int32_t i = 0; i < p->count; ++i) {
        const int32_t x = input[i] - p->input_zero_point;
        const int32_t q = tc_requantize(x, p->multiplier, p->exponent) + p->output_zero_point;
        output[i] = (int8_t)tc_clamp(q, INT8_MIN, INT8_MAX);
    }
}
