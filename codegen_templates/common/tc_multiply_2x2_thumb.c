/*
 * One multiplication makes two products, w * (a + b * 2^16) = w a + w b * 2^16 for the codes a, b of two pixels.
 *
 * The products of two taps are added to t, so that its lower half stays within 16 bits: then (t + 2^15) >> 16 is the sum
 * of pixel 1 exactly, and is added up. t itself is added up modulo 2^32; minus 2^16 times the sum of pixel 1 that is the
 * sum of pixel 0. A unit, two taps by two channels by two pixels, is 21 instructions for 8 MACs, in Thumb-1.
 *
 *   r0 patch  r1 weights  r2 weight word  r3, r4 weights, products  r5, r6 pairs of codes  r7 end of the weights
 *   r8, r10 sums of t of the two channels  r9, r11 sums of pixel 1  r12 2^15  lr sums
 */
#include "tc_multiply_2x2_thumb.h"

/* r3 = t: products of the weights in r3 and `other` */
#define CHANNEL(other, sum, sum1)       \
    "muls r3, r5, r3\n\t"               \
    "muls " other ", r6, " other "\n\t" \
    "adds r3, r3, " other "\n\t"        \
    "add " sum ", r3\n\t"               \
    "add r3, r12\n\t"                   \
    "asrs r3, r3, #16\n\t"              \
    "add " sum1 ", r3\n\t"

/* Every instruction takes two bytes, so that a unit has UNIT_BYTES. */
#define UNIT_BYTES "42"
/* clang-format off */
#define UNIT                            \
    "ldmia r1!, {r2}\n\t"               \
    "ldmia r0!, {r5, r6}\n\t"           \
    "sxtb r3, r2\n\t"                   \
    "asrs r4, r2, #24\n\t"              \
    CHANNEL("r4", "r8", "r9")           \
    "rev16 r2, r2\n\t"                  \
    "sxtb r3, r2\n\t"                   \
    "asrs r2, r2, #24\n\t"              \
    CHANNEL("r2", "r10", "r11")
/* clang-format on */

/* Stores a channel's sums of both pixels at r4. */
#define STORE(sum, sum1)   \
    "mov r0, " sum "\n\t"  \
    "mov r1, " sum1 "\n\t" \
    "lsls r2, r1, #16\n\t" \
    "subs r0, r0, r2\n\t"  \
    "stmia r4!, {r0, r1}\n\t"

__attribute__((naked, noinline)) void tc_multiply_2x2_thumb(const int32_t *patch __attribute__((unused)),
                                                            const int32_t *weights __attribute__((unused)),
                                                            int32_t units __attribute__((unused)),
                                                            int32_t *sums __attribute__((unused)))
{
    /* clang-format off */
    __asm__(".syntax unified\n\t"
            "push {r4, r5, r6, r7, lr}\n\t"
            "mov r4, r8\n\t"
            "mov r5, r9\n\t"
            "mov r6, r10\n\t"
            "mov r7, r11\n\t"
            "push {r4, r5, r6, r7}\n\t"
            "mov lr, r3\n\t"
            "lsls r7, r2, #2\n\t"
            "adds r7, r7, r1\n\t"
            "movs r3, #0\n\t"
            "mov r8, r3\n\t"
            "mov r9, r3\n\t"
            "mov r10, r3\n\t"
            "mov r11, r3\n\t"
            "movs r3, #1\n\t"
            "lsls r3, r3, #15\n\t"
            "mov r12, r3\n\t"
            /* the first round enters the loop where the remainder begins */
            "rsbs r2, r2, #0\n\t"
            "movs r3, #3\n\t"
            "ands r2, r2, r3\n\t"
            "movs r3, #" UNIT_BYTES "\n\t"
            "muls r2, r3, r2\n\t"
            "add pc, r2\n\t"
            "nop\n"
            "1:\n\t" UNIT UNIT UNIT UNIT
            "cmp r1, r7\n\t"
            "bne 1b\n\t"
            "mov r4, lr\n\t"
            STORE("r8", "r9") STORE("r10", "r11")
            "pop {r4, r5, r6, r7}\n\t"
            "mov r8, r4\n\t"
            "mov r9, r5\n\t"
            "mov r10, r6\n\t"
            "mov r11, r7\n\t"
            "pop {r4, r5, r6, r7, pc}");
    /* clang-format on */
}
