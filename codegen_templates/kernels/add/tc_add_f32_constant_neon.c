/* add, float32, Arm64: an activation and a constant. */
#include "tc_add_f32_constant_neon.h"
#include "tc_binary_f32_neon.h"

static float element(float a, float b)
{
    return a + b;
}

static float32x4_t four(float32x4_t a, float32x4_t b)
{
    return vaddq_f32(a, b);
}

void tc_add_f32_constant_neon(const tc_binary_f32_params *p, const float *input, float *output)
{
    tc_binary_constant_f32_neon(p, input, output, four, element);
}
