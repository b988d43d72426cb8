/* add, int16 activations, portable C: two activations of one shape. */
#include "tc_add_s16_ref.h"

void tc_add_s16_ref(const tc_add_params *p, const int16_t *input0, const int16_t *input1, int16_t *output)
{
    const tc_add_params local = *p; /* a copy that writes to output cannot change */

    for (int32_t i = 0; i < local.sizes[3]; ++i) {
        const int32_t a = tc_requantize(input0[i] * (1 << 15), local.multiplier0, local.exponent0);
        const int32_t b = tc_requantize(input1[i] * (1 << 15), local.multiplier1, local.exponent1);
        const int32_t q = tc_requantize(a + b, local.output_multiplier, local.output_exponent);
        output[i] = (int16_t)tc_clamp(q, local.clamp_min, local.clamp_max);
    }
}
