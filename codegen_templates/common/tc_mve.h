/*
 * What the kernels for MVE (Helium: Cortex-M55, M85) share.
 *
 * Requantisation of four int32 sums, with e = -shift <= -1:
 *   double rounding  VQRDMULH is the doubling high product, halves up; VRSHL rounds halves up too, so that negative
 *                    numbers get one less before it: halves away from zero
 *   single rounding  VQDMULH is floor(acc * multiplier / 2^31), whose bits above the last `shift` VRSHL rounds exactly
 */
#ifndef TC_MVE_H
#define TC_MVE_H

#include "tc_types.h"

#if !defined(__ARM_FEATURE_MVE)
#error "this kernel needs a core with MVE: Cortex-M55, M85 (-mcpu=...)"
#endif

/* Text: sums in q0, multipliers in q1, negative shifts in q2; q3 is changed. */
#if TC_SINGLE_ROUNDING
#define TC_REQUANTIZE_MVE        \
    "vqdmulh.s32 q0, q0, q1\n\t" \
    "vrshl.s32 q0, q0, q2\n\t"
#else
#define TC_REQUANTIZE_MVE         \
    "vqrdmulh.s32 q0, q0, q1\n\t" \
    "vshr.s32 q3, q0, #31\n\t"    \
    "vadd.i32 q0, q0, q3\n\t"     \
    "vrshl.s32 q0, q0, q2\n\t"
#endif

/* Text: the part before VRSHL for sums in q0 and a multiplier in a general register; q1 is changed. */
#if TC_SINGLE_ROUNDING
#define TC_SCALE_MVE(multiplier) "vqdmulh.s32 q0, q0, " multiplier "\n\t"
#else
#define TC_SCALE_MVE(multiplier)              \
    "vqrdmulh.s32 q0, q0, " multiplier "\n\t" \
    "vshr.s32 q1, q0, #31\n\t"                \
    "vadd.i32 q0, q0, q1\n\t"
#endif

/* Copies ``count`` >= 0 bytes; returns the end of the copy. */
TC_INLINE int8_t *tc_copy_mve(int8_t *to, const int8_t *from, int32_t count)
{
    int8_t *const end = to + count; /* the loop goes on to a multiple of 16 */
    __asm__ volatile("wlstp.8 lr, %[count], 2f\n"
                     "1:\n\t"
                     "vldrb.8 q0, [%[from]], #16\n\t"
                     "vstrb.8 q0, [%[to]], #16\n\t"
                     "letp lr, 1b\n"
                     "2:"
                     : [from] "+r"(from), [to] "+r"(to)
                     : [count] "r"(count)
                     : "lr", "q0", "memory");
    return end;
}

/* Writes ``count`` >= 0 bytes of one value; returns their end. */
TC_INLINE int8_t *tc_fill_mve(int8_t *to, int32_t value, int32_t count)
{
    int8_t *const end = to + count;
    __asm__ volatile("vdup.8 q0, %[value]\n\t"
                     "wlstp.8 lr, %[count], 2f\n"
                     "1:\n\t"
                     "vstrb.8 q0, [%[to]], #16\n\t"
                     "letp lr, 1b\n"
                     "2:"
                     : [to] "+r"(to)
                     : [value] "r"(value), [count] "r"(count)
                     : "lr", "q0", "memory");
    return end;
}

#endif
