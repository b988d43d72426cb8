/*
 * Integer arithmetic of quantised inference: the C twin of toolchain/numerics.py, equal to it bit by bit.
 *
 * A real multiplier s is stored as (multiplier, exponent): s = multiplier * 2^(exponent - 31).
 * TC_SINGLE_ROUNDING (tc_config.h, 0 or 1) selects the rounding rule for the whole model.
 * Right shifts of negative numbers are arithmetic, as every compiler for Cortex-M, AArch64 and x86 defines them.
 */
#ifndef TC_NUMERICS_H
#define TC_NUMERICS_H

#include "tc_types.h"

/* round(a * b / 2^31), halves up; the only product that saturates, INT32_MIN squared, cannot occur: b > 0. */
TC_INLINE int32_t tc_doubling_high_mul(int32_t a, int32_t b)
{
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
    /* no long multiply: four products of halves, half the instructions of the library's 64-bit product */
    const int32_t a_high = a >> 16, a_low = a & 0xffff, b_high = b >> 16, b_low = b & 0xffff;
    const uint32_t low_low = (uint32_t)a_low * (uint32_t)b_low;
    const int32_t middle = a_high * b_low + (int32_t)(low_low >> 16);
    const int32_t cross = a_low * b_high + (middle & 0xffff);
    const int32_t high = a_high * b_high + (middle >> 16) + (cross >> 16); /* upper word of a * b */
    const uint32_t low = ((uint32_t)cross << 16) | (low_low & 0xffffU);
    /* high * 2 + the top two bits of low, rounded */
    return (int32_t)(((uint32_t)high << 1) + (((low >> 30) + 1U) >> 1));
#else
    return (int32_t)(((int64_t)a * b + (INT64_C(1) << 30)) >> 31);
#endif
}

/* x / 2^exponent, halves away from zero; 0 <= exponent <= 31. */
TC_INLINE int32_t tc_rounding_divide_by_pot(int32_t x, int32_t exponent)
{
    const int32_t mask = (int32_t)((UINT32_C(1) << exponent) - 1U);
    const int32_t remainder = x & mask;
    const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

/* acc * multiplier * 2^(exponent - 31), rounded by the model's rule. */
TC_INLINE int32_t tc_requantize(int32_t acc, int32_t multiplier, int32_t exponent)
{
#if TC_SINGLE_ROUNDING
    const int32_t shift = 31 - exponent;
    return (int32_t)(((int64_t)acc * multiplier + (INT64_C(1) << (shift - 1))) >> shift);
#else
    const int32_t left = exponent > 0 ? exponent : 0;
    const int32_t right = exponent > 0 ? 0 : -exponent;
    const int32_t shifted = (int32_t)((uint32_t)acc << left);
    return tc_rounding_divide_by_pot(tc_doubling_high_mul(shifted, multiplier), right);
#endif
}

/* (acc * multiplier + 2^(14 - exponent)) >> (15 - exponent): a multiplier of 15 bits, for convolutions of int16. */
TC_INLINE int32_t tc_requantize_reduced(int32_t acc, int32_t multiplier, int32_t exponent)
{
    const int32_t shift = 15 - exponent;
    return (int32_t)(((int64_t)acc * multiplier + (INT64_C(1) << (shift - 1))) >> shift);
}

TC_INLINE int32_t tc_clamp(int32_t x, int32_t low, int32_t high)
{
    return x < low ? low : (x > high ? high : x);
}

#endif
