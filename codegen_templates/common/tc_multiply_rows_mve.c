/*
 * One row by four channels: 16 codes are loaded once for 64 MACs, 10 instructions with the loop's end, which masks the
 * lanes beyond the last code.
 *
 *   r0 codes  r1 row  r2 requant  r3 weights  r4, r6, r8, r10 sums  r5 output  r7 count  r9 channels left
 *   r11 zero point  q4, q5 clamps
 *   stack: matrix, row, output, rows left, q4, q5, registers, pitches
 */
#include "tc_multiply_rows_mve.h"
#include "tc_mve.h"

#define CHANNEL(sum, weights)            \
    "vldrb.8 " weights ", [r3], #16\n\t" \
    "vmladava.s8 " sum ", q0, " weights "\n\t"

__attribute__((naked, noinline)) void
tc_multiply_rows_mve(const tc_matrix_mve *m __attribute__((unused)), const int8_t *codes __attribute__((unused)),
                     int8_t *output __attribute__((unused)), int32_t rows __attribute__((unused)),
                     int32_t codes_pitch __attribute__((unused)), int32_t output_pitch __attribute__((unused)))
{
    /* clang-format off */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "vpush {d8, d9, d10, d11}\n\t"
            "push {r0, r1, r2, r3}\n\t"
            "ldr r7, [r0, #8]\n\t"
            "ldr r11, [r0, #16]\n\t"
            "ldrd r4, r5, [r0, #20]\n\t"
            "vdup.32 q4, r4\n\t"
            "vdup.32 q5, r5\n"
            "1:\n\t" /* a row */
            "ldr r12, [sp]\n\t"
            "ldrd r1, r5, [sp, #4]\n\t"
            "ldrd r3, r2, [r12]\n\t"
            "ldr r9, [r12, #12]\n"
            "2:\n\t" /* four channels */
            "ldmia r2!, {r4, r6, r8, r10}\n\t"
            "mov r0, r1\n\t"
            "dlstp.8 lr, r7\n"
            "3:\n\t"
            "vldrb.8 q0, [r0], #16\n\t"
            CHANNEL("r4", "q1") CHANNEL("r6", "q2") CHANNEL("r8", "q3") CHANNEL("r10", "q1")
            "letp lr, 3b\n\t"
            "vmov q0[2], q0[0], r4, r8\n\t"
            "vmov q0[3], q0[1], r6, r10\n\t"
            "vldrw.32 q1, [r2], #16\n\t"
            "vldrw.32 q2, [r2], #16\n\t"
            TC_REQUANTIZE_MVE
            "vadd.i32 q0, q0, r11\n\t"
            "vmax.s32 q0, q0, q4\n\t"
            "vmin.s32 q0, q0, q5\n\t"
            "vctp.32 r9\n\t"
            "vpst\n\t"
            "vstrbt.32 q0, [r5], #4\n\t"
            "subs r9, r9, #4\n\t"
            "bgt 2b\n\t"
            "ldrd r4, r6, [sp, #84]\n\t"
            "ldrd r1, r5, [sp, #4]\n\t"
            "ldr r8, [sp, #12]\n\t"
            "add r1, r1, r4\n\t"
            "add r5, r5, r6\n\t"
            "subs r8, r8, #1\n\t"
            "strd r1, r5, [sp, #4]\n\t"
            "str r8, [sp, #12]\n\t"
            "bne 1b\n\t"
            "add sp, sp, #16\n\t"
            "vpop {d8, d9, d10, d11}\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
    /* clang-format on */
}
