/* sub, int8, portable C: an activation and a constant along the last axis, or of one element; in place. */
#include "tc_sub.h"

void tc_sub_s8_channel_constant_ref(const tc_sub_params *p, const int8_t *input, int8_t *output)
{
    const tc_sub_params local = *p; /* a copy that writes to output cannot change */
    const int8_t *input0 = local.operand_index == 0 ? local.operand : input;
    const int8_t *input1 = local.operand_index == 0 ? input : local.operand;
    const int32_t stride0 = local.strides0[3], stride1 = local.strides1[3];

    for (int32_t row = 0; row < local.sizes[2]; ++row) {
        const int8_t *a = input0 + row * local.strides0[2];
        const int8_t *b = input1 + row * local.strides1[2];
        for (int32_t c = 0; c < local.sizes[3]; ++c) {
            *output++ = tc_sub_element(&local, a[c * stride0], b[c * stride1]);
        }
    }
}
