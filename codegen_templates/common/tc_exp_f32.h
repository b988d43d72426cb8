/*
 * Exponential and logarithm in float32, the same on every processor: polynomials in a stated order of operations, each
 * rounded once. The twin of toolchain/ops/_exp_f32.py. Errors: about one unit in the last place.
 */
#ifndef TC_EXP_F32_H
#define TC_EXP_F32_H

#include "tc_float.h"

#define TC_LN2_HIGH 0x1.62e400p-1f /* 16 bits, so that a multiple is exact */
#define TC_LN2_LOW 0x1.7f7d1cp-20f

/* 2^n, -126 <= n <= 127. */
TC_INLINE float tc_power_of_two(int32_t n)
{
    return tc_float_of_bits((uint32_t)(n + 127) << 23);
}

TC_INLINE float tc_absf(float x)
{
    return tc_float_of_bits(tc_float_bits(x) & 0x7fffffffu);
}

/* e^x: 0 below -104, infinity from 89 on. */
TC_INLINE float tc_exp_f32(float x)
{
    float t, n, r, q;
    int32_t power, half;

    x = tc_clampf(x, -104.0f, 89.0f);
    t = tc_fmaf(x, 0x1.715476p+0f, 0x1.8p+23f); /* the integer nearest to x / ln 2 lies in the last bits */
    power = (int32_t)tc_float_bits(t) - 0x4b400000;
    n = t - 0x1.8p+23f;
    r = tc_fmaf(n, -TC_LN2_HIGH, x);
    r = tc_fmaf(n, -TC_LN2_LOW, r);
    q = 0x1.6db426p-10f;
    q = tc_fmaf(q, r, 0x1.123b56p-7f);
    q = tc_fmaf(q, r, 0x1.55545ep-5f);
    q = tc_fmaf(q, r, 0x1.55548ep-3f);
    q = tc_fmaf(q, r, 0.5f);
    q = tc_fmaf(q, r * r, r);
    q = q + 1.0f;
    half = power / 2; /* two steps: the power alone may be out of range */
    return q * tc_power_of_two(half) * tc_power_of_two(power - half);
}

/* e^x - 1. */
TC_INLINE float tc_expm1_f32(float x)
{
    float q;

    if (tc_absf(x) >= 0.5f) {
        return tc_exp_f32(x) - 1.0f;
    }
    q = 0x1.a2ee6ep-16f;
    q = tc_fmaf(q, x, 0x1.a2e2b4p-13f);
    q = tc_fmaf(q, x, 0x1.6c1470p-10f);
    q = tc_fmaf(q, x, 0x1.110f74p-7f);
    q = tc_fmaf(q, x, 0x1.555556p-5f);
    q = tc_fmaf(q, x, 0x1.555556p-3f);
    q = tc_fmaf(q, x, 0.5f);
    return tc_fmaf(q, x * x, x);
}

/* The natural logarithm; -infinity for what is not above 0, infinity for infinity. */
TC_INLINE float tc_log_f32(float x)
{
    float f, square, q, k, scaled = x;
    uint32_t bits;
    int32_t power = 0;

    if (!(x > 0.0f)) {
        return -TC_INFINITY;
    }
    if (x >= TC_INFINITY) {
        return x;
    }
    if (x < 0x1p-126f) {
        scaled = x * 0x1p+23f;
        power = -23;
    }
    bits = tc_float_bits(scaled) + (0x3f800000u - 0x3f3504f3u); /* fraction from sqrt(1/2) to sqrt(2) */
    power += (int32_t)(bits >> 23) - 127;
    f = tc_float_of_bits((bits & 0x7fffffu) + 0x3f3504f3u) - 1.0f;
    k = (float)power;
    square = f * f;
    q = 0x1.1b40e4p-4f;
    q = tc_fmaf(q, f, -0x1.e2e918p-4f);
    q = tc_fmaf(q, f, 0x1.e6512ep-4f);
    q = tc_fmaf(q, f, -0x1.fb434ep-4f);
    q = tc_fmaf(q, f, 0x1.2332b8p-3f);
    q = tc_fmaf(q, f, -0x1.5562e2p-3f);
    q = tc_fmaf(q, f, 0x1.99a546p-3f);
    q = tc_fmaf(q, f, -0x1.ffffeep-3f);
    q = tc_fmaf(q, f, 0x1.555546p-2f);
    q = tc_fmaf(q * f, square, -0.5f * square);
    q = tc_fmaf(k, TC_LN2_LOW, q);
    q = q + f;
    return tc_fmaf(k, TC_LN2_HIGH, q);
}

/* log(1 + x) for 0 <= x <= 1. Source: Kahan; HP-15C Advanced Functions Handbook, 1982. */
TC_INLINE float tc_log1p_f32(float x)
{
    const float sum = 1.0f + x, rounded = sum - 1.0f;

    return rounded > 0.0f ? tc_log_f32(sum) * (x / rounded) : x;
}

#endif
