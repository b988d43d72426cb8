/*
 * A tap of four outputs is a gathering load that widens and a multiplication with a scalar: 37 instructions for 36 MACs,
 * requantisation and store included. The loop's end masks the lanes beyond the last output.
 *
 *   r0-r2 rows of the tile  r3 stack: bias, taps  r4-r6 taps  r7 tile step  r8 output  r9 output step
 *   r10 multiplier  r11 -shift  r12 zero point
 *   q0 sums  q1 codes  q2 lanes of the output  q3-q5 lanes of three taps  q6, q7 clamps
 *   stack: bias, 12 taps, work, channel's weights, requant, tile and output, channels left, lines left, line's tile and
 *   output
 */
#include "tc_depthwise_channels_mve.h"
#include "tc_mve.h"

#define ROW(row)                      \
    "ldmia r3!, {r4, r5, r6}\n\t"     \
    "vldrb.s32 q1, [" row ", q3]\n\t" \
    "vmla.s32 q0, q1, r4\n\t"         \
    "vldrb.s32 q1, [" row ", q4]\n\t" \
    "vmla.s32 q0, q1, r5\n\t"         \
    "vldrb.s32 q1, [" row ", q5]\n\t" \
    "vmla.s32 q0, q1, r6\n\t"         \
    "add " row ", " row ", r7\n\t"

__attribute__((naked, noinline)) void tc_depthwise_channels_mve(const tc_depthwise_mve *work __attribute__((unused)))
{
    /* clang-format off */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "vpush {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"
            "sub sp, sp, #88\n\t"
            "str r0, [sp, #52]\n\t"
            "ldmia r0!, {r1, r2, r3, r4, r5, r12}\n\t"
            "add r6, sp, #56\n\t"
            "stmia r6, {r1, r2, r3, r4, r5}\n\t"
            "ldrd r1, r2, [r0], #8\n\t"
            "vdup.32 q6, r1\n\t"
            "vdup.32 q7, r2\n\t"
            "ldr r1, [r0]\n\t"
            "ldr r2, [r0, #12]\n\t"
            "ldr r3, [r0, #28]\n\t"
            "movs r4, #0\n\t"
            "vidup.u32 q3, r4, #1\n\t"
            "vmul.i32 q2, q3, r2\n\t"
            "vmul.i32 q3, q3, r1\n\t"
            "vadd.i32 q4, q3, r3\n\t"
            "vadd.i32 q5, q4, r3\n"
            "1:\n\t" /* a channel */
            "ldrd r1, r2, [sp, #56]\n\t"
            "vldrb.s32 q0, [r1], #4\n\t"
            "vstrw.32 q0, [sp, #4]\n\t"
            "vldrb.s32 q0, [r1], #4\n\t"
            "vstrw.32 q0, [sp, #20]\n\t"
            "vldrb.s32 q0, [r1], #4\n\t"
            "vstrw.32 q0, [sp, #36]\n\t"
            "ldmia r2!, {r4, r10, r11}\n\t"
            "str r4, [sp]\n\t"
            "strd r1, r2, [sp, #56]\n\t"
            "ldrd r0, r8, [sp, #64]\n\t"
            "add r1, r0, #1\n\t"
            "add r2, r8, #1\n\t"
            "strd r1, r2, [sp, #64]\n\t"
            "ldr r3, [sp, #52]\n\t"
            "ldr r7, [r3, #36]\n\t"
            "ldr r9, [r3, #48]\n\t"
            "ldr r4, [r3, #68]\n"
            "2:\n\t" /* a line */
            "str r4, [sp, #76]\n\t"
            "ldr r5, [sp, #52]\n\t"
            "ldr r4, [r5, #64]\n\t"
            "ldr r6, [r5, #56]\n\t"
            "add r1, r0, r6\n\t"
            "add r2, r1, r6\n\t"
            "strd r0, r8, [sp, #80]\n\t"
            "mov r3, sp\n\t"
            "dlstp.32 lr, r4\n"
            "3:\n\t" /* four outputs */
            "ldr r4, [r3], #4\n\t"
            "vdup.32 q0, r4\n\t"
            ROW("r0") ROW("r1") ROW("r2")
            "sub r3, r3, #40\n\t"
            TC_SCALE_MVE("r10")
            "vrshl.s32 q0, r11\n\t"
            "vadd.i32 q0, q0, r12\n\t"
            "vmax.s32 q0, q0, q6\n\t"
            "vmin.s32 q0, q0, q7\n\t"
            "vstrb.32 q0, [r8, q2]\n\t"
            "add r8, r8, r9\n\t"
            "letp lr, 3b\n\t"
            "ldr r3, [sp, #52]\n\t"
            "ldrd r0, r8, [sp, #80]\n\t"
            "ldr r1, [r3, #40]\n\t"
            "ldr r2, [r3, #52]\n\t"
            "add r0, r0, r1\n\t"
            "add r8, r8, r2\n\t"
            "ldr r4, [sp, #76]\n\t"
            "subs r4, r4, #1\n\t"
            "bne 2b\n\t"
            "ldr r4, [sp, #72]\n\t"
            "subs r4, r4, #1\n\t"
            "str r4, [sp, #72]\n\t"
            "bne 1b\n\t"
            "add sp, sp, #88\n\t"
            "vpop {d8, d9, d10, d11, d12, d13, d14, d15}\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
    /* clang-format on */
}
