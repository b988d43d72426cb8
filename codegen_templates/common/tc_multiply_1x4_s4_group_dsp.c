/*
 * The sums of a group are multiplied by its factors and added to those of the row, which lie on the stack: 34 cycles for
 * four channels.
 *
 *   r0 codes  r1 weights  r2, r3 pairs of codes  r4-r7 fields of the channels  r8-r11 sums of a group  r12 mask
 *   lr rounds left; between groups: r3 table  r4-r7 sums of the row
 *   stack, within a row: 0 table, 4 sums, 20 work
 */
#include "tc_multiply_1x4_s4_group_dsp.h"
#include "tc_multiply_1x4_fields_asm.h"
#include "tc_multiply_1x4_stored_asm.h"

__attribute__((naked, noinline, aligned(4))) void tc_multiply_1x4_s4_group_dsp(tc_multiply_1x4_stored *work
                                                                               __attribute__((unused)))
{
    /* clang-format off */
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "ldr r1, [r0, #4]\n\t"
            "push {r0}\n"
            "1:\n\t"
            "ldr r12, [sp]\n\t"
            "ldr r0, [r12]\n\t"
            "ldr r2, [r12, #8]\n\t"
            "ldr r3, [r12, #24]\n\t"
            "ldr r4, [r2]\n\t"
            "ldr r5, [r2, #8]\n\t"
            "ldr r6, [r2, #16]\n\t"
            "ldr r7, [r2, #24]\n\t"
            "mov r12, #0x0f0f0f0f\n\t"
            "sub sp, sp, #20\n"
            "2:\n\t"
            "ldrd r8, lr, [r3], #8\n\t"
            "stmia.w sp, {r3, r4, r5, r6, r7}\n\t"
            "mov.w r9, r8\n\t"
            "mov.w r10, r8\n\t"
            "mov.w r11, r8\n\t"
            "lsrs lr, lr, #1\n\t"
            "beq.w 5f\n\t"
            "bcc.w 4f\n\t"
            ".balign 4\n"
            "3:\n\t"
            TC_FIELDS_OF_4 TC_FOUR_CODES
            "4:\n\t"
            TC_FIELDS_OF_4 TC_FOUR_CODES
            "subs lr, lr, #1\n\t"
            "bne.w 3b\n\t"
            "ldr.w r2, [r1], #4\n\t"
            "ldmia.w sp, {r3, r4, r5, r6, r7}\n\t"
            "sxtb.w lr, r2\n\t"
            "mla r4, r8, lr, r4\n\t"
            "sxtb.w lr, r2, ror #8\n\t"
            "mla r5, r9, lr, r5\n\t"
            "sxtb.w lr, r2, ror #16\n\t"
            "mla r6, r10, lr, r6\n\t"
            "asr.w lr, r2, #24\n\t"
            "mla r7, r11, lr, r7\n\t"
            "b.w 2b\n"
            "5:\n\t"
            "add sp, sp, #20\n\t"
            "mov r8, r4\n\t"
            "mov r9, r5\n\t"
            "mov r10, r6\n\t"
            "mov r11, r7\n\t"
            TC_STORED_OUTPUTS_ASM(TC_STORED_SCALED)
            "bne.w 1b\n\t"
            "pop {r0, r4, r5, r6, r7, r8, r9, r10, r11, pc}");
    /* clang-format on */
}
