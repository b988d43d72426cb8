/* add, int8, NEON: tc_add_s8_neon.h. */
#include "tc_add_s8_neon.h"
#include "tc_neon.h"

/* What is the same for all elements. */
typedef struct {
    int16x8_t major_zero, minor_zero; /* zero points * 2^7 */
    int32x4_t multiplier, exponent;   /* of the minor term */
    int32x4_t output_multiplier, output_exponent;
    int16x8_t zero_point;
} constants_t;

/* Eight elements as (major - zero point) * 2^7 and (minor - zero point) * 2^7, to two vectors of scaled sums. */
TC_INLINE void add_eight(const constants_t *c, int16x8_t major, int16x8_t minor, int32x4_t *q)
{
    const int32x4_t low = tc_requantize_neon(vshll_n_s16(vget_low_s16(minor), 13), c->multiplier, c->exponent);
    const int32x4_t high = tc_requantize_neon(vshll_n_s16(vget_high_s16(minor), 13), c->multiplier, c->exponent);
    const int32x4_t low_sum = vaddq_s32(low, vshll_n_s16(vget_low_s16(major), 12));
    const int32x4_t high_sum = vaddq_s32(high, vshll_n_s16(vget_high_s16(major), 12));
    q[0] = tc_requantize_neon(low_sum, c->output_multiplier, c->output_exponent);
    q[1] = tc_requantize_neon(high_sum, c->output_multiplier, c->output_exponent);
}

TC_INLINE int8x16_t add_sixteen(const constants_t *c, int8x16_t major, int8x16_t minor)
{
    int32x4_t q[4];
    add_eight(c, vsubq_s16(vshll_n_s8(vget_low_s8(major), 7), c->major_zero),
              vsubq_s16(vshll_n_s8(vget_low_s8(minor), 7), c->minor_zero), q);
    add_eight(c, vsubq_s16(vshll_n_s8(vget_high_s8(major), 7), c->major_zero),
              vsubq_s16(vshll_n_s8(vget_high_s8(minor), 7), c->minor_zero), q + 2);
    return vcombine_s8(tc_narrow8_neon(q[0], q[1], c->zero_point), tc_narrow8_neon(q[2], q[3], c->zero_point));
}

void tc_add_s8_neon(const tc_add_neon_params *p, const int8_t *input0, const int8_t *input1, int8_t *output)
{
    const int8_t *major = p->major_index == 0 ? input0 : input1, *minor = p->major_index == 0 ? input1 : input0;
    const constants_t c = {.major_zero = vdupq_n_s16((int16_t)(p->major_zero_point * 128)),
                           .minor_zero = vdupq_n_s16((int16_t)(p->minor_zero_point * 128)),
                           .multiplier = vdupq_n_s32(p->minor_multiplier),
                           .exponent = vdupq_n_s32(p->minor_exponent),
                           .output_multiplier = vdupq_n_s32(p->output_multiplier),
                           .output_exponent = vdupq_n_s32(p->output_exponent),
                           .zero_point = vdupq_n_s16((int16_t)p->output_zero_point)};
    int8_t *const first = output;
    int32_t left = p->count;

    for (; left >= 16; left -= 16, major += 16, minor += 16, output += 16) {
        vst1q_s8(output, add_sixteen(&c, vld1q_s8(major), vld1q_s8(minor)));
    }
    if (left > 0) {
        int8_t a[16] = {0}, b[16] = {0};
        tc_copy_neon(a, major, left);
        tc_copy_neon(b, minor, left);
        vst1q_s8(a, add_sixteen(&c, vld1q_s8(a), vld1q_s8(b)));
        tc_copy_neon(output, a, left);
    }
    tc_limit_neon(first, p->count, p->clamp_min, p->clamp_max);
}
