/* The functions of the activation operator in float32; the twin of toolchain/ops/_activation_f32.py. */
#ifndef TC_FUNCTIONS_F32_H
#define TC_FUNCTIONS_F32_H

#include "tc_activation_f32.h"
#include "tc_exp_f32.h"

TC_INLINE float tc_sigmoid_f32(float x)
{
    return 1.0f / (1.0f + tc_exp_f32(-x));
}

TC_INLINE float tc_tanh_f32(float x)
{
    const float size = tc_absf(x), e = tc_expm1_f32(2.0f * (size < 20.0f ? size : 20.0f)), y = e / (e + 2.0f);

    return x < 0.0f ? -y : y;
}

TC_INLINE float tc_softplus_f32(float x)
{
    return (x > 0.0f ? x : 0.0f) + tc_log1p_f32(tc_exp_f32(-tc_absf(x)));
}

TC_INLINE float tc_hardsigmoid_f32(float x)
{
    return tc_clampf(x + 3.0f, 0.0f, 6.0f) / 6.0f;
}

/* The error function: x P(x^2) below 1, 1 - exp(-Q(x)) above. */
TC_INLINE float tc_erf_f32(float x)
{
    const float size = tc_absf(x), a = size < 4.0f ? size : 4.0f, square = a * a;
    float q;

    if (a < 1.0f) {
        q = 0x1.4ae4c6p-14f;
        q = tc_fmaf(q, square, -0x1.a485e8p-11f);
        q = tc_fmaf(q, square, 0x1.5419f4p-8f);
        q = tc_fmaf(q, square, -0x1.b7fbb4p-6f);
        q = tc_fmaf(q, square, 0x1.ce2d20p-4f);
        q = tc_fmaf(q, square, -0x1.81273ep-2f);
        q = tc_fmaf(q, square, 0x1.20dd74p+0f);
        q = q * a;
    } else {
        q = -0x1.0ddc16p-22f;
        q = tc_fmaf(q, a, 0x1.a8b644p-16f);
        q = tc_fmaf(q, a, -0x1.e65124p-12f);
        q = tc_fmaf(q, a, 0x1.18a676p-8f);
        q = tc_fmaf(q, a, -0x1.9fb868p-6f);
        q = tc_fmaf(q, a, 0x1.bcfc3ep-4f);
        q = tc_fmaf(q, a, 0x1.441dc4p-1f);
        q = tc_fmaf(q, a, 0x1.21317ap+0f);
        q = tc_fmaf(q, a, -0x1.ac92dep-13f);
        q = 1.0f - tc_exp_f32(-q);
    }
    return x < 0.0f ? -q : q;
}

TC_INLINE float tc_gelu_f32(float x)
{
    return 0.5f * x * (1.0f + tc_erf_f32(x * 0x1.6a09e6p-1f)); /* 1 / sqrt(2) */
}

TC_INLINE float tc_gelu_tanh_f32(float x)
{
    const float cubic = tc_fmaf(0.044715f * (x * x), x, x);

    return 0.5f * x * (1.0f + tc_tanh_f32(0x1.988454p-1f * cubic)); /* sqrt(2 / pi) */
}

/* Calls with a literal `function` keep that one. */
TC_INLINE float tc_function_f32(int32_t function, float x, float alpha)
{
    switch (function) {
    case TC_ABS:
        return tc_absf(x);
    case TC_CELU:
        return x > 0.0f ? x : alpha * tc_expm1_f32(x / alpha);
    case TC_ELU:
        return x > 0.0f ? x : alpha * tc_expm1_f32(x);
    case TC_EXP:
        return tc_exp_f32(x);
    case TC_GELU:
        return tc_gelu_f32(x);
    case TC_GELU_TANH:
        return tc_gelu_tanh_f32(x);
    case TC_HARDSIGMOID:
        return tc_hardsigmoid_f32(x);
    case TC_HARDSWISH:
        return x * tc_hardsigmoid_f32(x);
    case TC_LEAKY_RELU:
        return x >= 0.0f ? x : alpha * x;
    case TC_LOG:
        return tc_log_f32(x);
    case TC_MISH:
        return x * tc_tanh_f32(tc_softplus_f32(x));
    case TC_NEG:
        return -x;
    case TC_RECIPROCAL:
        return 1.0f / x;
    case TC_SELU:
        return 0x1.0cfabep+0f * (x > 0.0f ? x : 0x1.ac5afap+0f * tc_expm1_f32(x));
    case TC_SIGMOID:
        return tc_sigmoid_f32(x);
    case TC_SILU:
        return x * tc_sigmoid_f32(x);
    case TC_SOFTPLUS:
        return tc_softplus_f32(x);
    case TC_SOFTSIGN:
        return x / (1.0f + tc_absf(x));
    case TC_SQUARE:
        return x * x;
    default:
        return tc_tanh_f32(x);
    }
}

#endif
