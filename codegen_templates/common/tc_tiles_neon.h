/*
 * What the tiles of tc_multiply_neon share on Arm64: some windows by eight or sixteen channels, their sums in v16 to v31.
 *
 * A tile is one asm statement, so that no compiler spills its sums.
 */
#ifndef TC_TILES_NEON_H
#define TC_TILES_NEON_H

#include "tc_tiling_neon.h"

#if !defined(__aarch64__)
#error "these tiles need an Arm64 processor"
#endif

/* C99 promises strings of 4095 characters; compilers that take asm statements have no such limit. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

/* clang-format off */

/*
 * Text: goes through rows, taps and runs; `thirty_two`, `sixteen` and `eight` multiply that many codes and move on,
 * `skip` moves on by the bytes in its register. Needs TC_TILE_OPERANDS; x9 to x16 are changed, x9 is 0 at first.
 */
#define TC_WINDOW_TEXT(skip, thirty_two, sixteen, eight) \
    "ldp x12, x11, [%[tiling]]\n\t"                      \
    "ldp x14, x15, [%[tiling], #16]\n\t"                 \
    "ldr x16, [%[tiling], #32]\n\t"                      \
    "mov x9, #0\n"                                       \
    "1:\n\t"                                             \
    "mov x13, x14\n"                                     \
    "2:\n\t"                                             \
    "cbz x11, 4f\n\t"                                    \
    "mov x10, x11\n"                                     \
    "3:\n\t"                                             \
    thirty_two                                           \
    "subs x10, x10, #1\n\t"                              \
    "b.ne 3b\n"                                          \
    "4:\n\t"                                             \
    "tbz x12, #4, 5f\n\t"                                \
    sixteen                                              \
    "5:\n\t"                                             \
    "tbz x12, #3, 6f\n\t"                                \
    eight                                                \
    "6:\n\t"                                             \
    skip("x15")                                          \
    "subs x13, x13, #1\n\t"                              \
    "b.ne 2b\n\t"                                        \
    "subs x16, x16, #1\n\t"                              \
    "b.eq 7f\n\t"                                        \
    "ldr x10, [%[tiling], #40]\n\t"                      \
    skip("x10")                                          \
    "b 1b\n"                                             \
    "7:\n\t"

/* Text: moves four windows, in x0 to x3. */
#define TC_SKIP4(bytes)           \
    "add x0, x0, " bytes "\n\t"   \
    "add x1, x1, " bytes "\n\t"   \
    "add x2, x2, " bytes "\n\t"   \
    "add x3, x3, " bytes "\n\t"

#define TC_TILE_OPERANDS                                                                                         \
    [tiling] "r"(tiling), [windows] "r"(windows), [requant] "r"(requant), [outputs] "r"(output), [pitch] "r"(pitch)

#define TC_TILE_CLOBBERS                                                                                               \
    "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "v0", "v1", "v2", "v3",   \
        "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19",      \
        "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31", "cc", "memory"

/* Text: a vector to three others. */
#define TC_COPY4(a, b, c, d)       \
    "mov " b ".16b, " a ".16b\n\t" \
    "mov " c ".16b, " a ".16b\n\t" \
    "mov " d ".16b, " a ".16b\n\t"

/* Text: four windows to x0 to x3. */
#define TC_FOUR_WINDOWS            \
    "ldp x0, x1, [%[windows]]\n\t" \
    "ldp x2, x3, [%[windows], #16]\n\t"

/* Text: the four sums of a vector, scaled by a vector of multipliers and one of exponents (tc_neon.h). */
#if TC_SINGLE_ROUNDING
#define TC_SCALE_TEXT(sums, multiplier, exponent)             \
    "sqdmulh " sums ".4s, " sums ".4s, " multiplier ".4s\n\t" \
    "srshl " sums ".4s, " sums ".4s, " exponent ".4s\n\t"
#else
#define TC_SCALE_TEXT(sums, multiplier, exponent)              \
    "sqrdmulh " sums ".4s, " sums ".4s, " multiplier ".4s\n\t" \
    "ssra " sums ".4s, " sums ".4s, #31\n\t"                   \
    "srshl " sums ".4s, " sums ".4s, " exponent ".4s\n\t"
#endif

/* Text: before outputs are written: zero point to v12, their address to x0. */
#define TC_BEGIN_OUTPUTS              \
    "ldr q12, [%[tiling], #64]\n\t" \
    "mov x0, %[outputs]\n\t"

/* Text: sixteen int8 to v8 from four vectors of scaled sums; v9 is changed. */
#define TC_NARROW_TEXT(a, b, c, d)     \
    "sqxtn v8.4h, " a ".4s\n\t"        \
    "sqxtn v9.4h, " c ".4s\n\t"        \
    "sqxtn2 v8.8h, " b ".4s\n\t"       \
    "sqxtn2 v9.8h, " d ".4s\n\t"       \
    "sqadd v8.8h, v8.8h, v12.8h\n\t"   \
    "sqadd v9.8h, v9.8h, v12.8h\n\t"   \
    "sqxtn v8.8b, v8.8h\n\t"           \
    "sqxtn2 v8.16b, v9.8h\n\t"

/* Text: sixteen outputs of one window, or eight each of two. */
#define TC_WRITE16_TEXT(a, b, c, d) \
    TC_NARROW_TEXT(a, b, c, d)      \
    "st1 {v8.16b}, [x0], %[pitch]\n\t"
#define TC_WRITE8_TEXT(a, b, c, d)            \
    TC_NARROW_TEXT(a, b, c, d)                \
    "st1 {v8.8b}, [x0], %[pitch]\n\t"  \
    "st1 {v8.d}[1], [x0], %[pitch]\n\t"

/* clang-format on */

#endif
