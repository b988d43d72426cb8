/* prelu, int8, portable C. */
#include "tc_numerics.h"
#include "tc_prelu.h"

void tc_prelu_s8_ref(const tc_prelu_params *p, const int8_t *input, int8_t *output)
{
    const tc_prelu_params local = *p; /* a copy that writes to output cannot change */

    for (int32_t row = 0; row < local.rows; ++row) {
        for (int32_t c = 0; c < local.channels; ++c) {
            const int32_t x = *input++ - local.input_zero_point;
            const int32_t slope = local.alpha[c] - local.alpha_zero_point;
            const int32_t y = x >= 0 ? tc_requantize(x, local.multiplier, local.exponent)
                                     : tc_requantize(x * slope, local.alpha_multiplier, local.alpha_exponent);
            *output++ = (int8_t)tc_clamp(y + local.output_zero_point, INT8_MIN, INT8_MAX);
        }
    }
}
