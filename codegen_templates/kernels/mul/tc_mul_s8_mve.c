/*
 * mul, int8, MVE: 14 instructions for four elements.
 *
 *   r1, r2 inputs  r3 output  r5, r6 their zero points  r7 multiplier  r8 exponent  r9 zero point  q2, q3 clamps
 */
#include "tc_mul_s8_mve.h"
#include "tc_mve.h"

__attribute__((naked, noinline)) void tc_mul_s8_mve(const tc_mul_mve_params *p, const int8_t *input0,
                                                    const int8_t *input1, int8_t *output);

void tc_mul_s8_mve(const tc_mul_mve_params *p __attribute__((unused)), const int8_t *input0 __attribute__((unused)),
                   const int8_t *input1 __attribute__((unused)), int8_t *output __attribute__((unused)))
{
    /* clang-format off */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, lr}\n\t"
            "ldmia r0!, {r4, r5, r6, r7, r8, r9}\n\t"
            "ldrd r10, r12, [r0]\n\t"
            "vdup.32 q2, r10\n\t"
            "vdup.32 q3, r12\n\t"
            "wlstp.32 lr, r4, 2f\n"
            "1:\n\t"
            "vldrb.s32 q0, [r1], #4\n\t"
            "vsub.i32 q0, q0, r5\n\t"
            "vldrb.s32 q1, [r2], #4\n\t"
            "vsub.i32 q1, q1, r6\n\t"
            "vmul.i32 q0, q0, q1\n\t"
            TC_SCALE_MVE("r7")
            "vrshl.s32 q0, r8\n\t"
            "vadd.i32 q0, q0, r9\n\t"
            "vmax.s32 q0, q0, q2\n\t"
            "vmin.s32 q0, q0, q3\n\t"
            "vstrb.32 q0, [r3], #4\n\t"
            "letp lr, 1b\n"
            "2:\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, pc}");
    /* clang-format on */
}
