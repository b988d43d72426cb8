/*
 * Fixed point for softmax and log_softmax: the C twin of toolchain/ops/_fixed_point.py, equal to it bit by bit.
 * Qm.n is an int32 with n = 31 - m bits below the point.
 */
#ifndef TC_FIXED_POINT_H
#define TC_FIXED_POINT_H

#include "tc_numerics.h"
#include "tc_types.h"

/* Leading zero bits of x > 0. */
TC_INLINE int32_t tc_leading_zeros(int32_t x)
{
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_clz((unsigned int)x);
#else
    int32_t zeros = 0;
    while (x < (INT32_C(1) << 30)) {
        x *= 2;
        ++zeros;
    }
    return zeros + 1;
#endif
}

/* x / 2^exponent for x >= 0, halves up; 1 <= exponent <= 31. What tc_rounding_divide_by_pot gives, in less. */
TC_INLINE int32_t tc_rounding_shift(int32_t x, int32_t exponent)
{
    return ((x >> (exponent - 1)) + 1) >> 1;
}

/* 1 / (1 + a) in Q0.31 for a in [0, 1): three Newton steps for the half denominator. */
TC_INLINE int32_t tc_one_over_one_plus(int32_t a)
{
    const int32_t half_denominator = (a >> 1) + (INT32_C(1) << 30);
    int32_t x = INT32_C(1515870810) - tc_doubling_high_mul(half_denominator, INT32_C(1010580540)); /* Q2.29 */
    for (int32_t step = 0; step < 3; ++step) {
        const int32_t error = (INT32_C(1) << 29) - tc_doubling_high_mul(half_denominator, x);
        x += tc_doubling_high_mul(x, error) * 4;
    }
    return x >= (INT32_C(1) << 30) ? INT32_MAX : x * 2;
}

#endif
