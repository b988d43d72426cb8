/*
 * What the kernels for NEON share, on Arm64 and on Armv7-A.
 *
 * Requantisation of four int32 sums, exponents <= -1, |sum| < 2^31 - 1:
 *   double rounding  VQRDMULH is the doubling high product, halves up; VRSHL rounds halves up too, so that negative
 *                    numbers get one less before it: halves away from zero
 *   single rounding  VQDMULH is floor(sum * multiplier / 2^31), whose bits above the last `-exponent` VRSHL rounds exactly
 */
#ifndef TC_NEON_H
#define TC_NEON_H

#include "tc_types.h"

#if !defined(__ARM_NEON)
#error "this kernel needs an Arm processor with NEON"
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
    return vqmovn_s16(vqaddq_s16(vcombine_s16(vqmovn_s32(a), vqmovn_s32(b)), zero_point));
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

/* The codes of a table of sixteen that are at these indices, each below sixteen. */
TC_INLINE int8x16_t tc_lookup_neon(int8x16_t table, uint8x16_t indices)
{
#if defined(__aarch64__)
    return vqtbl1q_s8(table, indices);
#else
    const int8x8x2_t halves = {{vget_low_s8(table), vget_high_s8(table)}};
    const int8x16_t at = vreinterpretq_s8_u8(indices);
    return vcombine_s8(vtbl2_s8(halves, vget_low_s8(at)), vtbl2_s8(halves, vget_high_s8(at)));
#endif
}

/* Copies 64 bytes. */
TC_INLINE void tc_copy64_neon(int8_t *to, const int8_t *from)
{
#if defined(__aarch64__)
    vst1q_s8_x4(to, vld1q_s8_x4(from));
#else /* where GCC has no such intrinsics */
    const int8x16_t a = vld1q_s8(from), b = vld1q_s8(from + 16), c = vld1q_s8(from + 32), d = vld1q_s8(from + 48);
    vst1q_s8(to, a);
    vst1q_s8(to + 16, b);
    vst1q_s8(to + 32, c);
    vst1q_s8(to + 48, d);
#endif
}

/* Copies `count` >= 0 bytes; returns the end of the copy. */
TC_INLINE int8_t *tc_copy_neon(int8_t *to, const int8_t *from, int32_t count)
{
    for (; count >= 64; count -= 64, from += 64, to += 64) {
        tc_copy64_neon(to, from);
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
