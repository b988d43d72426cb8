/* Change of scale for the elementwise kernels of cores with the DSP extension; the constants are made at build time. */
#ifndef TC_RESCALE_DSP_H
#define TC_RESCALE_DSP_H

#include "tc_dsp.h"

/*
 * x * multiplier * 2^(-31 - shift), rounded by the model's rule, plus a zero point, for twice = 2 x and 1 <= shift <= 30;
 * rounder = 2^(shift - 1) + (zero_point << shift). Halves go away from zero because a negative x takes 1 off first.
 */
TC_INLINE int32_t tc_rescale_dsp(int32_t twice, int32_t multiplier, int32_t rounder, int32_t shift)
{
    int32_t y;
#if TC_SINGLE_ROUNDING
    __asm__("smmla %0, %1, %2, %3" : "=r"(y) : "r"(twice), "r"(multiplier), "r"(rounder));
#else
    __asm__("smmlar %0, %1, %2, %3" : "=r"(y) : "r"(twice), "r"(multiplier), "r"(rounder));
    y += twice >> 31;
#endif
    return y >> shift;
}

/* Saturates to int8. */
TC_INLINE int8_t tc_saturate_dsp(int32_t x)
{
    int32_t y;
    __asm__("ssat %0, #8, %1" : "=r"(y) : "r"(x));
    return (int8_t)y;
}

#endif
