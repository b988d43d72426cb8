/* add, float32, portable C: an activation and a constant. */
#include "tc_add_f32_constant_ref.h"

static float element(float a, float b)
{
    return a + b;
}

void tc_add_f32_constant_ref(const tc_binary_f32_params *p, const float *input, float *output)
{
    tc_broadcast_constant_f32(p, input, output, element);
}
