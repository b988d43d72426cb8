/*
 * One row by eight channels with named registers: 32 instructions and 39 cycles for 32 MACs. As tc_multiply_1x4_dsp.c, but
 * that a code is unpacked half as often.
 *
 * Four codes x0 .. x3 take the words of channels (0, 1), (2, 3), (4, 5) and (6, 7) for x0 and x2, then those for x1 and
 * x3. The loop holds six times four codes, which is less than the 1 KiB of an STM32L4's instruction cache; the first round
 * enters it where the remainder begins, and what is left of four codes enters it at the last four. All instructions in it
 * are wide (.w) and hence never cut in two by a fetch.
 *
 *   r0 codes  r1 weights  r2, r3 pairs of codes  r8-r11 sums of channels 0 to 3  r4-r7 of 4 to 7  r12, lr weight words
 *   stack: 0 requant, 4 output, 8 rounder, 12 end, 16 codes, 20 entry, 24 end of whole fours of codes, a byte less when
 *          nothing is left, 28 codes to go back for what is left
 */
#include "tc_multiply_1x8_dsp.h"
#include "tc_multiply_1x4_asm.h"

/* clang-format off */
#define FOUR_CHANNELS(pair, high0, low0, high1, low1)       \
    TC_TWO_CHANNELS_ASM("r12", pair, high0, low0)           \
    TC_TWO_CHANNELS_ASM("lr", pair, high1, low1)

/* Every instruction takes four bytes, so that four codes have 128. An assembler's macro, for C99's limit of a string. */
#define DEFINE_FOUR                                         \
    ".macro tc_four\n\t"                                    \
    "ldr.w r2, [r0], #4\n\t"                                \
    "ldr.w lr, [r1, #4]\n\t"                                \
    "ldr.w r12, [r1], #8\n\t"                               \
    "sxtb16 r3, r2, ror #8\n\t"                             \
    "sxtb16 r2, r2\n\t"                                     \
    FOUR_CHANNELS("r2", "r8", "r9", "r10", "r11")           \
    "ldrd r12, lr, [r1], #8\n\t"                            \
    FOUR_CHANNELS("r2", "r4", "r5", "r6", "r7")             \
    "ldrd r12, lr, [r1], #8\n\t"                            \
    FOUR_CHANNELS("r3", "r8", "r9", "r10", "r11")           \
    "ldrd r12, lr, [r1], #8\n\t"                            \
    FOUR_CHANNELS("r3", "r4", "r5", "r6", "r7")             \
    ".endm\n\t"

__attribute__((naked, noinline, aligned(4))) void
tc_multiply_1x8_dsp(const int8_t *codes __attribute__((unused)), const int32_t *weights __attribute__((unused)),
                    const int32_t *requant __attribute__((unused)), int8_t *output __attribute__((unused)),
                    int32_t rounder __attribute__((unused)), int32_t count __attribute__((unused)),
                    const int32_t *end __attribute__((unused)))
{
    __asm__(DEFINE_FOUR
            "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "add r12, sp, #36\n\t"
            "ldmia r12, {r4, r10, r12}\n\t"
            "mov r5, r12\n\t"
            "mov r6, r0\n\t"
            "rsb r9, r10, #0\n\t"
            "and r9, r9, #3\n\t"
            "lsr r10, r10, #2\n\t"
            "add r8, r0, r10, lsl #2\n\t"
            "cmp r9, #0\n\t"
            "it eq\n\t"
            "subeq r8, r8, #1\n\t"
            "add r11, r10, #5\n\t"
            "mov r12, #6\n\t"
            "udiv r11, r11, r12\n\t"
            "mul r11, r11, r12\n\t"
            "sub r11, r11, r10\n\t" /* fours that the first round skips */
            "adr.w r7, 2f\n\t"
            "add r7, r7, r11, lsl #7\n\t"
            "orr r7, r7, #1\n\t" /* Thumb */
            "stmdb.w sp!, {r2, r3, r4, r5, r6, r7, r8, r9}\n"
            "1:\n\t"
            "mov r4, #0\n\t"
            "mov r5, #0\n\t"
            "mov r6, #0\n\t"
            "mov r7, #0\n\t"
            "mov r8, #0\n\t"
            "mov r9, #0\n\t"
            "mov r10, #0\n\t"
            "mov r11, #0\n\t"
            "ldr.w r0, [sp, #16]\n\t"
            "ldr.w pc, [sp, #20]\n\t"
            ".balign 4\n"
            "2:\n\t"
            "tc_four\n\t"
            "tc_four\n\t"
            "tc_four\n\t"
            "tc_four\n\t"
            "tc_four\n"
            "3:\n\t"
            "tc_four\n\t"
            "ldr.w r12, [sp, #24]\n\t"
            "cmp.w r0, r12\n\t"
            "blo.w 2b\n\t"
            "bhi.w 4f\n\t"
            "ldr.w r2, [sp, #28]\n\t"
            "sub.w r0, r0, r2\n\t"
            "b.w 3b\n"
            "4:\n\t"
            "push {r4, r5, r6, r7}\n\t"
            "add r0, sp, #16\n\t"
            "ldmia.w r0, {r2, r3, r12}\n\t"
            TC_TWO_OUTPUTS_ASM("r8", "r9") TC_TWO_OUTPUTS_ASM("r10", "r11")
            "pop {r8, r9, r10, r11}\n\t"
            TC_TWO_OUTPUTS_ASM("r8", "r9") TC_TWO_OUTPUTS_ASM("r10", "r11")
            "stmia.w sp, {r2, r3}\n\t"
            "ldr r0, [sp, #12]\n\t"
            "cmp r2, r0\n\t"
            "bne.w 1b\n\t"
            "add sp, sp, #32\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"
            ".purgem tc_four");
}
/* clang-format on */
