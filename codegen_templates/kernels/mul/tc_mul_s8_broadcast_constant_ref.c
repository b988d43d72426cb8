/* mul, int8, portable C: an activation and a constant, any broadcast. */
#include "tc_mul.h"

void tc_mul_s8_broadcast_constant_ref(const tc_mul_params *p, const int8_t *input, int8_t *output)
{
    const tc_mul_params local = *p; /* a copy that writes to output cannot change */
    const int8_t *input0 = local.operand_index == 0 ? local.operand : input;
    const int8_t *input1 = local.operand_index == 0 ? input : local.operand;
    tc_broadcast(local.sizes, local.strides0, local.strides1, input0, input1, output, tc_mul_element, &local);
}
