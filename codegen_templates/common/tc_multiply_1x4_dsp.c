/*
 * One row by four channels with named registers. The row's codes are unpacked again for every four channels, so that no
 * buffer is needed: 32 instructions and 41 cycles for 32 MACs.
 *
 * tc_multiply_1x4_asm.h says what a weight word is. Four codes x0 .. x3 take the words of channels (0, 1) and (2, 3) for x0
 * and x2, then those for x1 and x3.
 *
 * The loop holds four times eight codes; the first round enters it where the remainder begins, and what is left of eight
 * codes enters it at the last eight. All instructions in it are wide (.w) and hence never cut in two by a fetch.
 *
 *   r0 codes  r1 weights  r2, r3 pairs of codes  r12 the next four codes  r4-r7 weight words  r8-r11 sums
 *   lr rounds left; 0: what is left of eight codes is to come, or the end
 *   stack: 0 requant, 4 output, 8 rounder, 12 end, 16 codes, 20 rounds, 24 entry, 28 codes to go back for what is left
 */
#include "tc_multiply_1x4_dsp.h"
#include "tc_multiply_1x4_asm.h"

/* clang-format off */
#define FOUR_CODES(codes)                                   \
    "sxtb16 r2, " codes "\n\t"                              \
    "sxtb16 r3, " codes ", ror #8\n\t"                      \
    "ldmia.w r1!, {r4, r5, r6, r7}\n\t"                     \
    TC_TWO_CHANNELS_ASM("r4", "r2", "r8", "r9")             \
    TC_TWO_CHANNELS_ASM("r5", "r2", "r10", "r11")           \
    TC_TWO_CHANNELS_ASM("r6", "r3", "r8", "r9")             \
    TC_TWO_CHANNELS_ASM("r7", "r3", "r10", "r11")

/* Every instruction takes four bytes, so that eight codes have 128. An assembler's macro, for C99's limit of a string. */
#define DEFINE_EIGHT                                        \
    ".macro tc_eight\n\t"                                   \
    "ldr.w r12, [r0, #4]\n\t"                               \
    "ldr.w r3, [r0], #8\n\t"                                \
    FOUR_CODES("r3")                                        \
    FOUR_CODES("r12")                                       \
    ".endm\n\t"

__attribute__((naked, noinline, aligned(4))) void
tc_multiply_1x4_dsp(const int8_t *codes __attribute__((unused)), const int32_t *weights __attribute__((unused)),
                    const int32_t *requant __attribute__((unused)), int8_t *output __attribute__((unused)),
                    int32_t rounder __attribute__((unused)), int32_t count __attribute__((unused)),
                    const int32_t *end __attribute__((unused)))
{
    __asm__(DEFINE_EIGHT
            "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "add r12, sp, #36\n\t"
            "ldmia r12, {r4, r10, r12}\n\t"
            "mov r5, r12\n\t"
            "mov r6, r0\n\t"
            "lsr r7, r10, #3\n\t"
            "rsb r9, r10, #0\n\t"
            "and r9, r9, #7\n\t"
            "rsb r8, r7, #0\n\t"
            "and r8, r8, #3\n\t" /* eights that the first round skips */
            "adr.w r12, 2f\n\t"
            "add r8, r12, r8, lsl #7\n\t"
            "orr r8, r8, #1\n\t" /* Thumb */
            "add r7, r7, #3\n\t"
            "lsr r7, r7, #2\n\t"
            "stmdb.w sp!, {r2, r3, r4, r5, r6, r7, r8, r9}\n"
            "1:\n\t"
            "mov r8, #0\n\t"
            "mov r9, #0\n\t"
            "mov r10, #0\n\t"
            "mov r11, #0\n\t"
            "ldrd r0, lr, [sp, #16]\n\t"
            "ldr.w pc, [sp, #24]\n\t"
            ".balign 4\n"
            "2:\n\t"
            "tc_eight\n\t"
            "tc_eight\n\t"
            "tc_eight\n"
            "3:\n\t"
            "tc_eight\n\t"
            "subs lr, lr, #1\n\t"
            "bgt.w 2b\n\t"
            "bmi.w 4f\n\t"
            "ldr r2, [sp, #28]\n\t"
            "cmp r2, #0\n\t"
            "beq 4f\n\t"
            "sub r0, r0, r2\n\t"
            "b.w 3b\n"
            "4:\n\t"
            "ldmia.w sp, {r2, r3, r12}\n\t"
            TC_TWO_OUTPUTS_ASM("r8", "r9") TC_TWO_OUTPUTS_ASM("r10", "r11")
            "stmia.w sp, {r2, r3}\n\t"
            "ldr r0, [sp, #12]\n\t"
            "cmp r2, r0\n\t"
            "bne.w 1b\n\t"
            "add sp, sp, #32\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"
            ".purgem tc_eight");
}
/* clang-format on */
