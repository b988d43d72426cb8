/*
 * What the kernels for NEON (Arm64) share.
 *
 * Requantisation of four int32 sums, exponents <= -1, |sum| < 2^31 - 1:
 *   double rounding  SQRDMULH is the doubling high product, halves up; SRSHL rounds halves up too, so that negative
 *                    numbers get one less before it: halves away from zero
 *   single rounding  SQDMULH is floor(sum * multiplier / 2^31), whose bits above the last `-exponent` SRSHL rounds exactly
 */
#ifndef TC_NEON_H
#define TC_NEON_H

#include "tc_types.h"

#if !defined(__aarch64__)
#error "this kernel needs an Arm64 processor"
#endif
#include <arm_neon.h>

TC_INLINE int32x4_t tc_requantize_neon(int32x4_t sums, int32x4_t multiplier, int32x4_t exponent)
{
#if TC_SINGLE_ROUNDING
    return vrshlq_s32(vqdmulhq_s32(sums, multiplier), exponent);
#else
    const int32x4_t product = vqrdmulhq_s32(sums, multiplier);
    return vrshlq_s32(vsraq_n_s32(product, product, 31), exponent);
#endif
}

/* Eight scaled sums with the zero point, saturated to int8. */
TC_INLINE int8x8_t tc_narrow8_neon(int32x4_t a, int32x4_t b, int16x8_t zero_point)
{
    return vqmovn_s16(vqaddq_s16(vqmovn_high_s32(vqmovn_s32(a), b), zero_point));
}

/* Requantises the sums of eight channels, whose words are at `requant` (tc_multiply_neon.h), and writes the outputs. */
TC_INLINE void tc_write8_neon(int32x4_t a, int32x4_t b, const int32_t *requant, int16x8_t zero_point, int8_t *to)
{
    const int32x4_t q = tc_requantize_neon(a, vld1q_s32(requant + 4), vld1q_s32(requant + 8));
    const int32x4_t r = tc_requantize_neon(b, vld1q_s32(requant + 16), vld1q_s32(requant + 20));
    vst1_s8(to, tc_narrow8_neon(q, r, zero_point));
}

/* Limits outputs that are only saturated to a fused activation; where that is the saturation, nothing is to be done. */
TC_INLINE void tc_limit_neon(int8_t *outputs, int32_t count, int32_t low, int32_t high)
{
    const int8x16_t least = vdupq_n_s8((int8_t)low), most = vdupq_n_s8((int8_t)high);
    if (low == -128 && high == 127) {
        return;
    }
    for (; count >= 16; count -= 16, outputs += 16) {
        vst1q_s8(outputs, vminq_s8(vmaxq_s8(vld1q_s8(outputs), least), most));
    }
    for (; count > 0; --count, ++outputs) {
        *outputs = (int8_t)(*outputs < low ? low : (*outputs > high ? high : *outputs));
    }
}

/* Copies `count` >= 0 bytes; returns the end of the copy. */
TC_INLINE int8_t *tc_copy_neon(int8_t *to, const int8_t *from, int32_t count)
{
    for (; count >= 64; count -= 64, from += 64, to += 64) {
        vst1q_s8_x4(to, vld1q_s8_x4(from));
    }
    for (; count >= 16; count -= 16, from += 16, to += 16) {
        vst1q_s8(to, vld1q_s8(from));
    }
    for (; count > 0; --count) {
        *to++ = *from++;
    }
    return to;
}

/* Writes `count` >= 0 bytes of one value; returns their end. */
TC_INLINE int8_t *tc_fill_neon(int8_t *to, int32_t value, int32_t count)
{
    const int8x16_t all = vdupq_n_s8((int8_t)value);
    for (; count >= 16; count -= 16, to += 16) {
        vst1q_s8(to, all);
    }
    for (; count > 0; --count) {
        *to++ = (int8_t)value;
    }
    return to;
}

#endif
