/* add, float32, portable C: two activations. */
#include "tc_add_f32_ref.h"

static float element(float a, float b)
{
    return a + b;
}

void tc_add_f32_ref(const tc_binary_f32_params *p, const float *input0, const float *input1, float *output)
{
    tc_broadcast_f32(p, input0, input1, output, element);
}
