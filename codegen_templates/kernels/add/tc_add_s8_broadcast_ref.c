/* add, int8, portable C: two activations, any broadcast. */
#include "tc_add.h"

void tc_add_s8_broadcast_ref(const tc_add_params *p, const int8_t *input0, const int8_t *input1, int8_t *output)
{
    const tc_add_params local = *p; /* a copy that writes to output cannot change */

    tc_broadcast(local.sizes, local.strides0, local.strides1, input0, input1, output, tc_add_element, &local);
}
