/* add, int8, portable C: two activations of one shape. */
#include "tc_add.h"

void tc_add_s8_ref(const tc_add_params *p, const int8_t *input0, const int8_t *input1, int8_t *output)
{
    const tc_add_params local = *p; /* a copy that writes to output cannot change */

    for (int32_t i = 0; i < local.sizes[3]; ++i) {
        output[i] = tc_add_element(&local, input0[i], input1[i]);
    }
}
