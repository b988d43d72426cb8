/* clamp, int8, portable C. */
#include "tc_clamp.h"
#include "tc_numerics.h"

void tc_clamp_s8_ref(const tc_clamp_params *p, const int8_t *input, int8_t *output)
{
    const tc_clamp_params local = *p; /* a copy that writes to output cannot change */

    for (int32_t i = 0; i < local.count; ++i) {
        const int32_t x = input[i] - local.input_zero_point;
        const int32_t q = tc_requantize(x, local.multiplier, local.exponent) + local.output_zero_point;
        output[i] = (int8_t)tc_clamp(q, local.clamp_min, local.clamp_max);
    }
}
