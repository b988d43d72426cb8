/* mul, int8, portable C: an activation times one value per channel (squeeze and excitation). */
#include "tc_mul.h"

void tc_mul_s8_gate_ref(const tc_mul_params *p, const int8_t *input0, const int8_t *input1, int8_t *output)
{
    const tc_mul_params local = *p; /* a copy that writes to output cannot change */

    for (int32_t row = 0; row < local.sizes[2]; ++row) {
        for (int32_t c = 0; c < local.sizes[3]; ++c) {
            *output++ = tc_mul_element(&local, *input0++, input1[c]);
        }
    }
}
