/* tc_nine_taps_neon.h on Armv7-A: weights of eight lanes, their requantisation and sums fill the registers. */
#include "tc_nine_taps_neon.h"

/* C99 promises strings of 4095 characters; compilers that take asm statements have no such limit. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

/* clang-format off */

/* Text: two taps, or one, of the window, which moves on by the bytes in `first` and `second`: products to q5. */
#define TWO_TAPS(first, second, w, v)       \
    "vld1.8 {d9}, [%[at]], " first "\n\t"   \
    "vld1.8 {d30}, [%[at]], " second "\n\t" \
    "vmull.s8 q5, d9, " w "\n\t"            \
    "vmlal.s8 q5, d30, " v "\n\t"
#define ONE_TAP(next, w)                    \
    "vld1.8 {d9}, [%[at]], " next "\n\t"    \
    "vmull.s8 q5, d9, " w "\n\t"
#define ADD(a, b)                           \
    "vaddw.s16 q6, " a ", d10\n\t"          \
    "vaddw.s16 q7, " b ", d11\n\t"
#if TC_SINGLE_ROUNDING
#define SCALE(sums, multiplier, exponent)                     \
    "vqdmulh.s32 " sums ", " sums ", " multiplier "\n\t"      \
    "vrshl.s32 " sums ", " sums ", " exponent "\n\t"
#else
#define SCALE(sums, multiplier, exponent)                     \
    "vqrdmulh.s32 " sums ", " sums ", " multiplier "\n\t"     \
    "vsra.s32 " sums ", " sums ", #31\n\t"                    \
    "vrshl.s32 " sums ", " sums ", " exponent "\n\t"
#endif

/* Eight lanes. From a tap to the next it is taps[1] bytes, but for every third, whether a window is 3x3, 1x9 or 9x1. */
static void eight_lanes(const tc_taps_neon *layout, const int8_t *weights, const int32_t *requant, const int8_t *at,
                        int8_t *to, int32_t count)
{
    int16x8_t zero_point = layout->zero_point; /* in q15, which then holds codes */

    __asm__ volatile("vld1.8 {d0}, [%[weights]], %[lanes]\n\t"
                     "vld1.8 {d1}, [%[weights]], %[lanes]\n\t"
                     "vld1.8 {d2}, [%[weights]], %[lanes]\n\t"
                     "vld1.8 {d3}, [%[weights]], %[lanes]\n\t"
                     "vld1.8 {d4}, [%[weights]], %[lanes]\n\t"
                     "vld1.8 {d5}, [%[weights]], %[lanes]\n\t"
                     "vld1.8 {d6}, [%[weights]], %[lanes]\n\t"
                     "vld1.8 {d7}, [%[weights]], %[lanes]\n\t"
                     "vld1.8 {d8}, [%[weights]]\n\t"
                     "vld1.32 {d16, d17}, [%[requant]]!\n\t"
                     "vld1.32 {d20, d21}, [%[requant]]!\n\t"
                     "vld1.32 {d24, d25}, [%[requant]]!\n\t"
                     "vld1.32 {d18, d19}, [%[requant]]!\n\t"
                     "vld1.32 {d22, d23}, [%[requant]]!\n\t"
                     "vld1.32 {d26, d27}, [%[requant]]\n\t"
                     "vmov q14, %q[zero_point]\n"
                     "1:\n\t"
                     TWO_TAPS("%[tap]", "%[tap]", "d0", "d1")
                     ADD("q8", "q9")
                     TWO_TAPS("%[third]", "%[tap]", "d2", "d3")
                     ADD("q6", "q7")
                     TWO_TAPS("%[tap]", "%[third]", "d4", "d5")
                     ADD("q6", "q7")
                     TWO_TAPS("%[tap]", "%[tap]", "d6", "d7")
                     ADD("q6", "q7")
                     ONE_TAP("%[window]", "d8")
                     ADD("q6", "q7")
                     SCALE("q6", "q10", "q12")
                     SCALE("q7", "q11", "q13")
                     "subs %[count], %[count], #1\n\t"
                     "vqmovn.s32 d10, q6\n\t"
                     "vqmovn.s32 d11, q7\n\t"
                     "vqadd.s16 q5, q5, q14\n\t"
                     "vqmovn.s16 d10, q5\n\t"
                     "vst1.8 {d10}, [%[to]], %[output]\n\t"
                     "bne 1b\n\t"
                     : [weights] "+r"(weights), [requant] "+r"(requant), [at] "+r"(at), [to] "+r"(to), [count] "+r"(count),
                       [zero_point] "+w"(zero_point)
                     : [lanes] "r"(TC_TAP_LANES), [tap] "r"(layout->taps[1]),
                       [third] "r"(layout->taps[3] - layout->taps[2]), [window] "r"(layout->step - layout->taps[8]),
                       [output] "r"(layout->output_step)
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8", "q9", "q10", "q11", "q12", "q13", "q14",
                       "cc", "memory");
}

/* clang-format on */

void tc_nine_taps_neon(const tc_taps_neon *layout, const int8_t *weights, const int32_t *requant, const int8_t *at,
                       int8_t *to, int32_t count)
{
    eight_lanes(layout, weights, requant, at, to, count);
    eight_lanes(layout, weights + 8, requant + 24, at + 8, to + 8, count);
}
