/* sub, int8, portable C: two activations of one shape. */
#include "tc_sub.h"

void tc_sub_s8_ref(const tc_sub_params *p, const int8_t *input0, const int8_t *input1, int8_t *output)
{
    const tc_sub_params local = *p; /* a copy that writes to output cannot change */

    for (int32_t i = 0; i < local.sizes[3]; ++i) {
        output[i] = tc_sub_element(&local, input0[i], input1[i]);
    }
}
