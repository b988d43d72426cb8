/*
 * float32 arithmetic that is the same on every processor: what kernels of float models use beside + - * /.
 *
 * No libm: its results differ between platforms. The compiler must not fuse or reorder: -ffp-contract=off (gcc fuses
 * without it unless -std=c99 is given), no -ffast-math. Subnormal numbers count; a processor that flushes them to zero (NEON of 32-bit Arm) is not for these.
 */
#ifndef TC_FLOAT_H
#define TC_FLOAT_H

#include "tc_types.h"

#if defined(__GNUC__) || defined(__clang__)
#define TC_INFINITY (__builtin_inff())
#else
#include <math.h>
#define TC_INFINITY INFINITY
#endif

#if defined(__FAST_MATH__)
#error "-ffast-math changes results"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#error "float is computed in another precision: -mfpmath=sse on 32-bit x86"
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

TC_INLINE uint32_t tc_float_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

TC_INLINE float tc_float_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* x limited to low .. high. Kernels are given +0 for a low end of zero, -0 for a high one: FMAX and FMIN agree. */
TC_INLINE float tc_clampf(float x, float low, float high)
{
    x = x > low ? x : low;
    return x < high ? x : high;
}

#if defined(__ARM_FEATURE_FMA) || defined(__aarch64__) || defined(__FMA__)

/* x * y + z, rounded once (IEEE 754-2019, fusedMultiplyAdd): one instruction. */
TC_INLINE float tc_fmaf(float x, float y, float z)
{
    return __builtin_fmaf(x, y, z);
}

#else

/* The float nearest to product + z, when its double `sum` may lie half-way between two floats, or is a tiny one. */
static inline float tc_round_to_odd(double product, double z, double sum)
{
    const double from_z = sum - product;
    const double rest = (product - (sum - from_z)) + (z - from_z); /* product + z = sum + rest, exactly (TwoSum) */
    uint64_t bits;

    memcpy(&bits, &sum, sizeof bits);
    if ((rest > 0.0 || rest < 0.0) && bits % 2 == 0) {
        bits += (rest > 0.0) == (sum > 0.0) ? 1u : (uint64_t)-1;
        memcpy(&sum, &bits, sizeof sum);
    }
    return (float)sum;
}

/*
 * x * y + z, rounded once, where no instruction does it. The product is exact in double. The sum rounded to double and
 * then to float is right unless the double is half-way between two floats; then it is rounded to odd first.
 * Source: Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", IEEE Transactions on Computers, 2008.
 */
TC_INLINE float tc_fmaf(float x, float y, float z)
{
    const double product = (double)x * (double)y, sum = product + (double)z;
    uint64_t bits;

    memcpy(&bits, &sum, sizeof bits);
    if (((uint32_t)bits & 0x1fffffffu) != 0x10000000u && ((uint32_t)(bits >> 52) & 0x7ffu) >= 897u) {
        return (float)sum; /* at least 2^-126, and not half-way */
    }
    return tc_round_to_odd(product, (double)z, sum);
}

#endif

#endif
