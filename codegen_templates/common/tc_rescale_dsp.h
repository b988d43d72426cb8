/* Change of scale for the elementwise kernels of cores with the DSP extension; the constants are made at build time. */
#ifndef TC_RESCALE_DSP_H
#define TC_RESCALE_DSP_H

#include "tc_dsp.h"

/* round(a * b / 2^32) + c */
TC_INLINE int32_t tc_high_mul_add_dsp(int32_t a, int32_t b, int32_t c)
{
    int32_t y;
    __asm__("smmlar %0, %1, %2, %3" : "=r"(y) : "r"(a), "r"(b), "r"(c));
    return y;
}

/*
 * x * multiplier * 2^(-31 - shift), rounded by the model's rule, plus a zero point, for twice = 2 x and 1 <= shift <= 30;
 * rounder = 2^(shift - 1) + (zero_point << shift). Halves go away from zero because a negative x takes 1 off first.
 */
TC_INLINE int32_t tc_rescale_dsp(int32_t twice, int32_t multiplier, int32_t rounder, int32_t shift)
{
#if TC_SINGLE_ROUNDING
    int32_t y;
    __asm__("smmla %0, %1, %2, %3" : "=r"(y) : "r"(twice), "r"(multiplier), "r"(rounder));
    return y >> shift;
#else
    return (tc_high_mul_add_dsp(twice, multiplier, rounder) + (twice >> 31)) >> shift;
#endif
}

/* Saturates to int8. */
TC_INLINE int8_t tc_saturate_dsp(int32_t x)
{
    int32_t y;
    __asm__("ssat %0, #8, %1" : "=r"(y) : "r"(x));
    return (int8_t)y;
}

/* Codes at another scale and zero point; -22 <= exponent <= 22. output may be input. */
TC_INLINE void tc_rescale_codes_dsp(const int8_t *input, int8_t *output, int32_t count, int32_t input_zero_point,
                                    int32_t multiplier, int32_t exponent, int32_t output_zero_point)
{
    const int32_t factor = 2 << (exponent > 0 ? exponent : 0);
    const int32_t offset = input_zero_point * factor;

    if (exponent >= 0) { /* nothing is shifted out: one rounding, whatever the rule */
        for (int32_t i = 0; i < count; ++i) {
            output[i] = tc_saturate_dsp(tc_high_mul_add_dsp(input[i] * factor - offset, multiplier, output_zero_point));
        }
    } else {
        const int32_t shift = -exponent;
        const int32_t rounder = (1 << (shift - 1)) + output_zero_point * (1 << shift);
        for (int32_t i = 0; i < count; ++i) {
            const int32_t twice = input[i] * 2 - offset;
            output[i] = tc_saturate_dsp(tc_rescale_dsp(twice, multiplier, rounder, shift));
        }
    }
}

#endif
