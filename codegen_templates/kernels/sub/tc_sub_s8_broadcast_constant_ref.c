/* sub, int8, portable C: an activation and a constant, any broadcast. */
#include "tc_sub.h"

void tc_sub_s8_broadcast_constant_ref(const tc_sub_params *p, const int8_t *input, int8_t *output)
{
    const int8_t *input0 = p->operand_index == 0 ? p->operand : input;
    const int8_t *input1 = p->operand_index == 0 ? input : p->operand;
    tc_broadcast(p->sizes, p->strides0, p->strides1, input0, input1, output, tc_sub_element, p);
}
