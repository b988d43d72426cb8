/* Weights, biases and sums stay in registers: tc_nine_taps_neon.h. Arm64; tc_nine_taps_armv7.c is for Armv7-A. */
#include "tc_nine_taps_neon.h"

/* C99 promises strings of 4095 characters; compilers that take asm statements have no such limit. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

/* clang-format off */

/* Text: two taps, or one, of the window: products to v2 and v3. */
#define TWO_TAPS(x, y, w, v)                \
    "ldr q0, [%[at], " x "]\n\t"            \
    "ldr q1, [%[at], " y "]\n\t"            \
    "smull v2.8h, v0.8b, " w ".8b\n\t"      \
    "smull2 v3.8h, v0.16b, " w ".16b\n\t"   \
    "smlal v2.8h, v1.8b, " v ".8b\n\t"      \
    "smlal2 v3.8h, v1.16b, " v ".16b\n\t"
#define ONE_TAP(x, w)                       \
    "ldr q0, [%[at], " x "]\n\t"            \
    "smull v2.8h, v0.8b, " w ".8b\n\t"      \
    "smull2 v3.8h, v0.16b, " w ".16b\n\t"
#define ADD(a, b, c, d)                     \
    "saddw v5.4s, " a ".4s, v2.4h\n\t"      \
    "saddw2 v6.4s, " b ".4s, v2.8h\n\t"     \
    "saddw v7.4s, " c ".4s, v3.4h\n\t"      \
    "saddw2 v8.4s, " d ".4s, v3.8h\n\t"
#if TC_SINGLE_ROUNDING
#define SCALE(sums, multiplier, exponent)                     \
    "sqdmulh " sums ".4s, " sums ".4s, " multiplier ".4s\n\t" \
    "srshl " sums ".4s, " sums ".4s, " exponent ".4s\n\t"
#else
#define SCALE(sums, multiplier, exponent)                      \
    "sqrdmulh " sums ".4s, " sums ".4s, " multiplier ".4s\n\t" \
    "ssra " sums ".4s, " sums ".4s, #31\n\t"                   \
    "srshl " sums ".4s, " sums ".4s, " exponent ".4s\n\t"
#endif

void tc_nine_taps_neon(const tc_taps_neon *layout, const int8_t *weights, const int32_t *requant, const int8_t *at, int8_t *to,
                       int32_t count)
{
    __asm__ volatile("ldp x1, x2, [%[layout]]\n\t"
                     "ldp x3, x4, [%[layout], #16]\n\t"
                     "ldp x5, x6, [%[layout], #32]\n\t"
                     "ldp x7, x9, [%[layout], #48]\n\t"
                     "ldp x10, x11, [%[layout], #64]\n\t"
                     "ldr x12, [%[layout], #80]\n\t"
                     "ldr q29, [%[layout], #112]\n\t"
                     "ldp q16, q17, [%[weights]]\n\t"
                     "ldp q18, q19, [%[weights], #32]\n\t"
                     "ldp q20, q21, [%[weights], #64]\n\t"
                     "ldp q22, q23, [%[weights], #96]\n\t"
                     "ldr q24, [%[weights], #128]\n\t"
                     "ldr q25, [%[requant]]\n\t"
                     "ldr q26, [%[requant], #48]\n\t"
                     "ldr q27, [%[requant], #96]\n\t"
                     "ldr q28, [%[requant], #144]\n"
                     "1:\n\t"
                     TWO_TAPS("x1", "x2", "v16", "v17")
                     ADD("v25", "v26", "v27", "v28")
                     TWO_TAPS("x3", "x4", "v18", "v19")
                     ADD("v5", "v6", "v7", "v8")
                     TWO_TAPS("x5", "x6", "v20", "v21")
                     ADD("v5", "v6", "v7", "v8")
                     TWO_TAPS("x7", "x9", "v22", "v23")
                     ADD("v5", "v6", "v7", "v8")
                     ONE_TAP("x10", "v24")
                     ADD("v5", "v6", "v7", "v8")
                     "ldp q0, q4, [%[requant], #16]\n\t"
                     "ldp q1, q9, [%[requant], #64]\n\t"
                     "ldp q2, q10, [%[requant], #112]\n\t"
                     "ldp q3, q11, [%[requant], #160]\n\t"
                     "add %[at], %[at], x11\n\t"
                     SCALE("v5", "v0", "v4")
                     SCALE("v6", "v1", "v9")
                     SCALE("v7", "v2", "v10")
                     SCALE("v8", "v3", "v11")
                     "subs %w[count], %w[count], #1\n\t"
                     "sqxtn v5.4h, v5.4s\n\t"
                     "sqxtn v7.4h, v7.4s\n\t"
                     "sqxtn2 v5.8h, v6.4s\n\t"
                     "sqxtn2 v7.8h, v8.4s\n\t"
                     "sqadd v5.8h, v5.8h, v29.8h\n\t"
                     "sqadd v7.8h, v7.8h, v29.8h\n\t"
                     "sqxtn v5.8b, v5.8h\n\t"
                     "sqxtn2 v5.16b, v7.8h\n\t"
                     "st1 {v5.16b}, [%[to]], x12\n\t"
                     "b.ne 1b\n\t"
                     : [at] "+r"(at), [to] "+r"(to), [count] "+r"(count)
                     : [layout] "r"(layout), [weights] "r"(weights), [requant] "r"(requant)
                     : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x9", "x10", "x11", "x12", "v0", "v1", "v2", "v3",
                       "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v16", "v17", "v18", "v19", "v20", "v21",
                       "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "cc", "memory");
}

/* clang-format on */
