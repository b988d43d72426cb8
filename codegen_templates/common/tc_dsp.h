/*
 * Pieces that the kernels for cores with the DSP extension (ARMv7E-M, ARMv8-M with DSP) share.
 *
 * Products of codes: four codes x0 .. x3 and weights w0 .. w3 are one word each, and with pairs of int16
 *     256 * (x0 w0 + x1 w1 + ...) + 127 * (w0 + w2) = (256 w1 + w0, 256 w3 + w2) . (x1, x3)
 *                                                   + (w0, w2) . (256 x0 - x1 + 127, 256 x2 - x3 + 127)
 * so that the weight word itself is one operand of SMLAD and a single SXTB16 makes the other. The weights are stored so
 * that their halves are 256 w1 + w0; the pairs of codes are one SXTB16, and one REV16 with an exclusive or. Sums are
 * therefore 256 times too large, plus a constant that is known at build time: they must stay below 2^23.
 *
 * Requantisation: two words a channel, made at build time (toolchain/ops/_dsp.py):
 *   word 0  (bias << 8) | (shift - 1), where a sum starts; bias has the input's zero point and the constant folded in,
 *           shift = -exponent. The sum's lowest byte is dropped, so the shift in it does no harm.
 *   word 1  2 * multiplier - 2^32
 * acc * 2 * multiplier = acc * word1 + acc * 2^32, so one SMMLAR on (acc + offset) gives the doubling high product plus
 * offset = 2^(shift - 1) + (zero_point << shift), and the rest is a shift. Exact for every int32 acc.
 * Where 2 * acc fits, as it does when a sum is shifted by seven bits only, word 1 is the multiplier itself and one SMMLAR
 * on offset does it. The sum's lowest byte must then be below 128: where it is not, that of word 0 has 128 more.
 */
#ifndef TC_DSP_H
#define TC_DSP_H

#include "tc_types.h"

#if !defined(__ARM_FEATURE_DSP)
#error "this kernel needs a core with DSP instructions: Cortex-M4, M7, M33 with DSP, M55, M85 (-mcpu=...)"
#endif

/* Bytes 0 and 2 of x, sign-extended to a pair of int16. */
TC_INLINE int32_t tc_even_codes(int32_t x)
{
    int32_t pair;
    __asm__("sxtb16 %0, %1" : "=r"(pair) : "r"(x));
    return pair;
}

/* Bytes 1 and 3 of x, sign-extended to a pair of int16. */
TC_INLINE int32_t tc_odd_codes(int32_t x)
{
    int32_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(x));
    return pair;
}

/* Four codes at any address. */
TC_INLINE int32_t tc_load_codes(const int8_t *address)
{
    int32_t codes;
    __builtin_memcpy(&codes, address, sizeof codes);
    return codes;
}

/* sum + a.low * b.low + a.high * b.high. */
TC_INLINE int32_t tc_smlad(int32_t a, int32_t b, int32_t sum)
{
    int32_t y;
    __asm__("smlad %0, %1, %2, %3" : "=r"(y) : "r"(a), "r"(b), "r"(sum));
    return y;
}

/* Pair of int16: low, high. */
TC_INLINE int32_t tc_pair(int32_t low, int32_t high)
{
    return (int32_t)(((uint32_t)low & 0xffffU) | ((uint32_t)high << 16));
}

/* A pair of int16, both doubled: neither may overflow. */
TC_INLINE int32_t tc_doubled(int32_t pair)
{
    return (int32_t)(((uint32_t)pair << 1) & 0xfffefffeU);
}

/* The second operand of the products above: 256 x0 - x1 + 127 and 256 x2 - x3 + 127. */
TC_INLINE int32_t tc_mixed_codes(int32_t x)
{
    int32_t pair;
    __asm__("rev16 %0, %1" : "=r"(pair) : "r"(x));
    return pair ^ 0x007f007f;
}

/* Pair of the low halves of a and b, and of their high halves. */
TC_INLINE int32_t tc_low_halves(int32_t a, int32_t b)
{
    int32_t pair;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(pair) : "r"(a), "r"(b));
    return pair;
}

TC_INLINE int32_t tc_high_halves(int32_t a, int32_t b)
{
    int32_t pair;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(pair) : "r"(b), "r"(a));
    return pair;
}

/*
 * Text of the five instructions that turn a sum (bias included, not 256 times) into an int8 output; shift: a register whose lowest byte
 * is shift - 1 (word 0 itself), offset = (2 * zero_point + 1) << (shift - 1). ``out`` and ``sum`` differ.
 */
/* clang-format off */
#if TC_SINGLE_ROUNDING
#define TC_REQUANTIZE_ASM(out, sum, shift, multiplier, offset)   \
    "add " out ", " sum ", " offset "\n\t"                       \
    "smmla " out ", " sum ", " multiplier ", " out "\n\t"        \
    "asr " out ", " out ", " shift "\n\t"                        \
    "ssat " out ", #8, " out ", asr #1\n\t"
#else
#define TC_REQUANTIZE_ASM(out, sum, shift, multiplier, offset)   \
    "add " out ", " sum ", " offset "\n\t"                       \
    "smmlar " out ", " sum ", " multiplier ", " out "\n\t"       \
    "add " out ", " out ", " sum ", asr #31\n\t"                 \
    "asr " out ", " out ", " shift "\n\t"                        \
    "ssat " out ", #8, " out ", asr #1\n\t"
#endif

/* The same for twice the sum, below 2^31 in magnitude, and the multiplier itself: one instruction less. */
#if TC_SINGLE_ROUNDING
#define TC_REQUANTIZE_TWICE_ASM(out, twice, shift, multiplier, offset)      \
    "smmla " out ", " twice ", " multiplier ", " offset "\n\t"              \
    "asr " out ", " out ", " shift "\n\t"                                   \
    "ssat " out ", #8, " out ", asr #1\n\t"
#else
#define TC_REQUANTIZE_TWICE_ASM(out, twice, shift, multiplier, offset)      \
    "smmlar " out ", " twice ", " multiplier ", " offset "\n\t"             \
    "add " out ", " out ", " twice ", asr #31\n\t"                          \
    "asr " out ", " out ", " shift "\n\t"                                   \
    "ssat " out ", #8, " out ", asr #1\n\t"
#endif
/* clang-format on */

/* The same in C: int8 output for a sum that holds the bias; rounder = 2 * zero_point + 1. */
TC_INLINE int32_t tc_requantize_dsp(int32_t sum, int32_t word0, int32_t word1, int32_t rounder)
{
    int32_t y;
    const int32_t offset = (int32_t)((uint32_t)rounder << (word0 & 0xff));
    __asm__(TC_REQUANTIZE_ASM("%0", "%1", "%2", "%3", "%4") : "=&r"(y) : "r"(sum), "r"(word0), "r"(word1), "r"(offset));
    return y;
}

/* Clamps a written output to a range that is narrower than int8. */
TC_INLINE void tc_clamp_codes(int8_t *codes, int32_t count, int32_t low, int32_t high)
{
    for (int32_t i = 0; i < count; ++i) {
        codes[i] = (int8_t)(codes[i] < low ? low : (codes[i] > high ? high : codes[i]));
    }
}

#endif
