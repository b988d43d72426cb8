/* sub, int8, portable C: two activations, any broadcast. */
#include "tc_sub.h"

void tc_sub_s8_broadcast_ref(const tc_sub_params *p, const int8_t *input0, const int8_t *input1, int8_t *output)
{
    const tc_sub_params local = *p; /* a copy that writes to output cannot change */

    tc_broadcast(local.sizes, local.strides0, local.strides1, input0, input1, output, tc_sub_element, &local);
}
