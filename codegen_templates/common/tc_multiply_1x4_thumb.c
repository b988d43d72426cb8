/*
 * A code by the weights of four channels: 14 instructions, all eight low registers, the sums in high ones.
 *
 *   r0 end of the codes  r1-r4 ends of the channels' weights  r5 index, rising to 0  r6 code  r7 weight, product
 *   r8-r11 sums
 */
#include "tc_multiply_1x4_thumb.h"

#define CHANNEL(weights, sum)         \
    "ldrsb r7, [" weights ", r5]\n\t" \
    "muls r7, r6, r7\n\t"             \
    "add " sum ", r7\n\t"

/* Every instruction takes two bytes, so that a code has CODE_BYTES. */
#define CODE_BYTES "28"
/* clang-format off */
#define CODE                          \
    "ldrsb r6, [r0, r5]\n\t"          \
    CHANNEL("r1", "r8")               \
    CHANNEL("r2", "r9")               \
    CHANNEL("r3", "r10")              \
    CHANNEL("r4", "r11")              \
    "adds r5, r5, #1\n\t"
/* clang-format on */

__attribute__((naked, noinline)) void tc_multiply_1x4_thumb(const int8_t *codes __attribute__((unused)),
                                                            const int8_t *weights __attribute__((unused)),
                                                            int32_t count __attribute__((unused)),
                                                            int32_t pitch __attribute__((unused)),
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
            "adds r0, r0, r2\n\t"
            "adds r1, r1, r2\n\t"
            "rsbs r5, r2, #0\n\t"
            "adds r2, r1, r3\n\t"
            "adds r4, r2, r3\n\t"
            "adds r4, r4, r3\n\t"
            "adds r3, r2, r3\n\t"
            "movs r6, #0\n\t"
            "mov r8, r6\n\t"
            "mov r9, r6\n\t"
            "mov r10, r6\n\t"
            "mov r11, r6\n\t"
            /* the first round enters the loop where the remainder begins */
            "movs r6, #3\n\t"
            "ands r6, r6, r5\n\t"
            "movs r7, #" CODE_BYTES "\n\t"
            "muls r6, r7, r6\n\t"
            "add pc, r6\n\t"
            "nop\n"
            "1:\n\t" CODE CODE CODE CODE
            "bne 1b\n\t"
            "ldr r0, [sp, #36]\n\t"
            "mov r1, r8\n\t"
            "mov r2, r9\n\t"
            "mov r3, r10\n\t"
            "mov r4, r11\n\t"
            "stmia r0!, {r1, r2, r3, r4}\n\t"
            "pop {r4, r5, r6, r7}\n\t"
            "mov r8, r4\n\t"
            "mov r9, r5\n\t"
            "mov r10, r6\n\t"
            "mov r11, r7\n\t"
            "pop {r4, r5, r6, r7, pc}");
    /* clang-format on */
}
