/*
 * Requantisation for cores without the DSP extension (isa "thumb": ARMv6-M, ARMv7-M).
 *
 * Two words a channel, made at build time (toolchain/ops/_thumb.py):
 *   word 0  (bias << 8) | (shift - 1); the input's zero point is folded into the bias, shift = -exponent is 1 .. 23
 *   word 1  multiplier
 */
#ifndef TC_THUMB_H
#define TC_THUMB_H

#include "tc_numerics.h"
#include "tc_types.h"

typedef struct {
    int32_t bias, multiplier, shift;
    int32_t zero_point, clamp_min, clamp_max; /* of the output */
} tc_requant_thumb;

TC_INLINE void tc_set_channel_thumb(tc_requant_thumb *r, const int32_t *words)
{
    r->bias = words[0] >> 8;
    r->shift = (words[0] & 0xff) + 1;
    r->multiplier = words[1];
}

/* Int8 output for a sum without bias; sum + bias is below 2^23. */
TC_INLINE int8_t tc_requantize_thumb(const tc_requant_thumb *r, int32_t sum)
{
    const int32_t acc = sum + r->bias;
    int32_t y;
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
    /* floor(acc * multiplier / 2^24), a byte of the multiplier at a time: each product fits 32 bits */
    const int32_t m = r->multiplier;
    int32_t high = (acc * (m & 0xff)) >> 8;
    high = (high + acc * ((m >> 8) & 0xff)) >> 8;
    high = (high + acc * ((m >> 16) & 0xff)) >> 8;
    high += acc * (m >> 24);
#if TC_SINGLE_ROUNDING
    y = ((high >> (6 + r->shift)) + 1) >> 1;
#else
    y = ((high >> 6) + 1) >> 1;
    y += y >> 31; /* halves away from zero */
    y = ((y >> (r->shift - 1)) + 1) >> 1;
#endif
#else
    y = tc_requantize(acc, r->multiplier, -r->shift);
#endif
    return (int8_t)tc_clamp(y + r->zero_point, r->clamp_min, r->clamp_max);
}

#endif
