/* mul, int8, portable C: two activations of one shape. */
#include "tc_mul.h"

void tc_mul_s8_ref(const tc_mul_params *p, const int8_t *input0, const int8_t *input1, int8_t *output)
{
    const tc_mul_params local = *p; /* a copy that writes to output cannot change */

    for (int32_t i = 0; i < local.sizes[3]; ++i) {
        output[i] = tc_mul_element(&local, input0[i], input1[i]);
    }
}
