/*
 * add, int8, MVE: 20 instructions for four elements.
 *
 *   r1 major  r2 minor  r3 output  r5-r7 minor offset, multiplier, exponent  r8 major offset
 *   r9-r11 output multiplier, exponent, zero point  q2, q3 clamps
 */
#include "tc_add_s8_mve.h"
#include "tc_mve.h"

__attribute__((naked, noinline)) void tc_add_s8_mve(const tc_add_mve_params *p, const int8_t *input0,
                                                    const int8_t *input1, int8_t *output);

void tc_add_s8_mve(const tc_add_mve_params *p __attribute__((unused)), const int8_t *input0 __attribute__((unused)),
                   const int8_t *input1 __attribute__((unused)), int8_t *output __attribute__((unused)))
{
    /* clang-format off */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "ldmia r0!, {r4, r5}\n\t"
            "cbz r5, 1f\n\t"
            "mov r5, r1\n\t"
            "mov r1, r2\n\t"
            "mov r2, r5\n"
            "1:\n\t"
            "ldmia r0!, {r5, r6, r7, r8, r9, r10, r11}\n\t"
            "ldrd r12, lr, [r0]\n\t"
            "vdup.32 q2, r12\n\t"
            "vdup.32 q3, lr\n\t"
            "wlstp.32 lr, r4, 3f\n"
            "2:\n\t"
            "vldrb.s32 q0, [r2], #4\n\t"
            "vshl.i32 q0, q0, #20\n\t"
            "vadd.i32 q0, q0, r5\n\t"
            TC_SCALE_MVE("r6")
            "vrshl.s32 q0, r7\n\t"
            "vldrb.s32 q1, [r1], #4\n\t"
            "vshl.i32 q1, q1, #19\n\t"
            "vadd.i32 q0, q0, q1\n\t"
            "vadd.i32 q0, q0, r8\n\t"
            TC_SCALE_MVE("r9")
            "vrshl.s32 q0, r10\n\t"
            "vadd.i32 q0, q0, r11\n\t"
            "vmax.s32 q0, q0, q2\n\t"
            "vmin.s32 q0, q0, q3\n\t"
            "vstrb.32 q0, [r3], #4\n\t"
            "letp lr, 2b\n"
            "3:\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
    /* clang-format on */
}
