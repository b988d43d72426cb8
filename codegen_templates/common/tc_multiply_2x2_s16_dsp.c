/*
 * 16 MACs in 16 instructions with named registers: compilers spill when the block is written in C.
 *
 *   r0, r1 codes  r2 weights  r3 fours left  r4-r7 sums  r8, r9 weights  r10, r11 codes  r12, lr pairs of weights
 */
#include "tc_multiply_2x2_s16_dsp.h"

/* clang-format off */
__attribute__((naked, noinline, aligned(4))) void
tc_multiply_2x2_s16_dsp(const int16_t *x0 __attribute__((unused)), const int16_t *x1 __attribute__((unused)),
                        const int32_t *weights __attribute__((unused)), int32_t fours __attribute__((unused)),
                        int32_t *sums __attribute__((unused)))
{
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "ldr r12, [sp, #36]\n\t"
            "ldmia.w r12, {r4, r5, r6, r7}\n\t"
            ".balign 4\n"
            "1:\n\t"
            "ldrd r8, r9, [r2], #8\n\t"
            "ldrd r10, r11, [r0], #8\n\t"
            "sxtb16 r12, r8\n\t"
            "sxtb16 lr, r9\n\t"
            "smlad r4, r12, r10, r4\n\t"
            "smlad r5, lr, r10, r5\n\t"
            "sxtb16 r8, r8, ror #8\n\t"
            "sxtb16 r9, r9, ror #8\n\t"
            "smlad r4, r8, r11, r4\n\t"
            "smlad r5, r9, r11, r5\n\t"
            "ldrd r10, r11, [r1], #8\n\t"
            "smlad r6, r12, r10, r6\n\t"
            "smlad r7, lr, r10, r7\n\t"
            "smlad r6, r8, r11, r6\n\t"
            "smlad r7, r9, r11, r7\n\t"
            "subs.w r3, r3, #1\n\t"
            "bne.w 1b\n\t"
            "ldr r12, [sp, #36]\n\t"
            "stmia.w r12, {r4, r5, r6, r7}\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}
/* clang-format on */
