/* add, int8, cores without the DSP extension: tc_add_s8_thumb.h. */
#include "tc_add_s8_thumb.h"
#include "tc_numerics.h"

/* x / 2^shift, halves away from zero (double rounding) or up (single); 1 <= shift <= 30. */
TC_INLINE int32_t last_shift(int32_t x, int32_t shift)
{
#if !TC_SINGLE_ROUNDING
    x += x >> 31;
#endif
    return ((x >> (shift - 1)) + 1) >> 1;
}

/* x * 2^20 * multiplier / 2^31 for a difference x of codes: rounded (double rounding) or its floor (single). */
TC_INLINE int32_t scale_code(int32_t x, int32_t multiplier_high, int32_t multiplier_low)
{
    const int32_t low = x * multiplier_low;
#if TC_SINGLE_ROUNDING
    return x * multiplier_high * 32 + (low >> 11);
#else
    return x * multiplier_high * 32 + (((low >> 10) + 1) >> 1);
#endif
}

TC_INLINE int32_t scale_sum(const tc_add_thumb_params *p, int32_t sum)
{
#if TC_SINGLE_ROUNDING
    return tc_requantize(sum, p->output_multiplier, -p->output_shift);
#else
    return last_shift(tc_doubling_high_mul(sum, p->output_multiplier), p->output_shift);
#endif
}

void tc_add_s8_thumb(const tc_add_thumb_params *p, const int8_t *input0, const int8_t *input1, int8_t *output)
{
    const tc_add_thumb_params local = *p; /* a copy that writes to output cannot change */
    const int8_t *major = local.major_index == 0 ? input0 : input1;
    const int8_t *minor = local.major_index == 0 ? input1 : input0;
    const int32_t high = local.minor_multiplier >> 16, low = local.minor_multiplier & 0xffff;

    for (const int8_t *end = output + local.count; output != end; ++output) {
        const int32_t term = last_shift(scale_code(*minor++ - local.minor_zero_point, high, low), local.minor_shift);
        const int32_t sum = *major++ * (1 << 19) + local.major_offset + term;
        *output = (int8_t)tc_clamp(scale_sum(&local, sum) + local.output_zero_point, local.clamp_min, local.clamp_max);
    }
}
