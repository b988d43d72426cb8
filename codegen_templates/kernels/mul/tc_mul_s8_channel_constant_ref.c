/* mul, int8, portable C: an activation and a constant along the last axis, or of one element. */
#include "tc_mul.h"

void tc_mul_s8_channel_constant_ref(const tc_mul_params *p, const int8_t *input, int8_t *output)
{
    const int first = p->operand_index == 0;
    const int32_t stride = first ? p->strides0[3] : p->strides1[3];
    tc_broadcast_channel(p->sizes[2], p->sizes[3], input, p->operand, stride, first, output, tc_mul_element, p);
}
