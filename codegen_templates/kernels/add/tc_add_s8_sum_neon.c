/* add, int8, NEON: tc_add_s8_sum_neon.h. */
#include "tc_add_s8_sum_neon.h"
#include "tc_neon.h"

TC_INLINE int32x4_t sum_four(const tc_add_sum_neon_params *p, int16x4_t a, int16x4_t b)
{
    const int32x4_t first = vmlaq_n_s32(vdupq_n_s32(p->constant), vmovl_s16(a), p->multiplier0);
    return vshlq_s32(vmlaq_n_s32(first, vmovl_s16(b), p->multiplier1), vdupq_n_s32(-p->shift));
}

TC_INLINE int16x8_t sum_eight(const tc_add_sum_neon_params *p, int16x8_t a, int16x8_t b)
{
    const int32x4_t low = sum_four(p, vget_low_s16(a), vget_low_s16(b));
    return vcombine_s16(vqmovn_s32(low), vqmovn_s32(sum_four(p, vget_high_s16(a), vget_high_s16(b))));
}

TC_INLINE int8x16_t sum_sixteen(const tc_add_sum_neon_params *p, int8x16_t a, int8x16_t b)
{
    const int16x8_t low = sum_eight(p, vmovl_s8(vget_low_s8(a)), vmovl_s8(vget_low_s8(b)));
    const int16x8_t high = sum_eight(p, vmovl_s8(vget_high_s8(a)), vmovl_s8(vget_high_s8(b)));
    return vcombine_s8(vqmovn_s16(low), vqmovn_s16(high));
}

void tc_add_s8_sum_neon(const tc_add_sum_neon_params *p, const int8_t *input0, const int8_t *input1, int8_t *output)
{
    const tc_add_sum_neon_params own = *p; /* so that no store can change it */
    int8_t *const first = output;
    int32_t left = own.count;

    for (; left >= 16; left -= 16, input0 += 16, input1 += 16, output += 16) {
        vst1q_s8(output, sum_sixteen(&own, vld1q_s8(input0), vld1q_s8(input1)));
    }
    if (left > 0) {
        int8_t a[16] = {0}, b[16] = {0};
        tc_copy_neon(a, input0, left);
        tc_copy_neon(b, input1, left);
        vst1q_s8(a, sum_sixteen(&own, vld1q_s8(a), vld1q_s8(b)));
        tc_copy_neon(output, a, left);
    }
    tc_limit_neon(first, own.count, own.clamp_min, own.clamp_max);
}
