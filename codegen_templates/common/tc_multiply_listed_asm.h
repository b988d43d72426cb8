/*
 * Text of the blocks of tc_multiply_listed_dsp.h. At least one channel.
 *
 * UXTAB takes a distance out of its word and adds it to an address; the ones are offsets of the loads. The next distances
 * are loaded behind the codes, since loads side by side take a cycle each, those of the next channel behind the last
 * codes: 17 cycles for four products, 19 with distances of 4 bits, and some 45 a channel.
 *
 * The loop holds four times four weights; the first round enters it where the remainder begins. All instructions in it
 * are wide (.w) and hence never cut in two by a fetch.
 *
 *   r0 codes  r1 weights  r2 rounds left  r3 sum  r4-r6, r12 addresses, then codes  r7 distances  r8, r9 weights
 *   r10 distances to come  r11 mask  lr requant; stack: the first five of the work
 */
#ifndef TC_MULTIPLY_LISTED_ASM_H
#define TC_MULTIPLY_LISTED_ASM_H

#include "tc_dsp.h"
#include "tc_multiply_listed_dsp.h"

/* clang-format off */
/* lower, upper: registers with the distances of the first and the second weight, of the third and the fourth. */
#define TC_LISTED_ADDRESSES(lower, second, upper, third, fourth)                    \
    "uxtab r4, r0, " lower "\n\t"                                                   \
    "uxtab r5, r4, " lower second "\n\t"                                            \
    "uxtab r6, r5, " upper third "\n\t"                                             \
    "uxtab r0, r6, " upper fourth "\n\t"

#define TC_LISTED_CODES(first, second, third, fourth)                               \
    "ldrsb.w r4, [r4, #" first "]\n\t"                                              \
    "ldrsb.w r5, [r5, #" second "]\n\t"                                             \
    "ldrsb.w r6, [r6, #" third "]\n\t"                                              \
    "ldrsb.w r12, [r0, #" fourth "]\n\t"

#define TC_LISTED_PRODUCTS                                                          \
    "sxtb16 r9, r8\n\t"                                                             \
    "sxtb16 r8, r8, ror #8\n\t"                                                     \
    "smlabb r3, r4, r9, r3\n\t"                                                     \
    "smlabb r3, r5, r8, r3\n\t"                                                     \
    "smlabt r3, r6, r9, r3\n\t"                                                     \
    "smlabt r3, r12, r8, r3\n\t"

/*
 * start: what ``four`` needs of the first weights; sum: where it starts; skip: what r4 fours that are skipped change; next:
 * what a round changes; whole: makes the sum. Bytes of code of a four are ``ones`` times 2^``shift``.
 */
#define TC_MULTIPLY_LISTED_ASM(start, sum, skip, four, ones, shift, next, whole)    \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"                               \
    "ldmia r0!, {r4, r5, r6, r7, r8}\n\t"                                           \
    "ldmia.w r0, {r1, r10, lr}\n\t"                                                 \
    "push {r4, r5, r6, r7, r8}\n\t"                                                 \
    start                                                                           \
    "1:\n\t"                                                                        \
    "ldrd r0, r4, [sp]\n\t"                                                         \
    "ldrh r2, [r4], #2\n\t"                                                         \
    "str r4, [sp, #4]\n\t"                                                          \
    sum                                                                             \
    "cmp r2, #0\n\t"                                                                \
    "beq.w 3f\n\t"                                                                  \
    "rsb r4, r2, #0\n\t"                                                            \
    "and r4, r4, #3\n\t" /* fours that the first round skips */                     \
    skip                                                                            \
    "mov r5, #" ones "\n\t"                                                         \
    "mul r4, r4, r5\n\t"                                                            \
    "adr.w r5, 2f\n\t"                                                              \
    "add r4, r5, r4, lsl #" shift "\n\t"                                            \
    "add r2, r2, #3\n\t"                                                            \
    "lsr r2, r2, #2\n\t"                                                            \
    "mov pc, r4\n\t"                                                                \
    ".balign 4\n"                                                                   \
    "2:\n\t"                                                                        \
    four("0", "1", "2", "3") four("4", "5", "6", "7")                               \
    four("8", "9", "10", "11") four("12", "13", "14", "15")                         \
    next                                                                            \
    "subs.w r2, r2, #1\n\t"                                                         \
    "bne.w 2b\n"                                                                    \
    "3:\n\t"                                                                        \
    "ldmia.w lr!, {r4, r5}\n\t"                                                     \
    "ldrd r2, r6, [sp, #8]\n\t"                                                     \
    "ldr r8, [sp, #16]\n\t"                                                         \
    whole                                                                           \
    "lsl r6, r6, r4\n\t"                                                            \
    TC_REQUANTIZE_ASM("r0", "r3", "r4", "r5", "r6")                                 \
    "strb r0, [r2], #1\n\t"                                                         \
    "str r2, [sp, #8]\n\t"                                                          \
    "cmp lr, r8\n\t"                                                                \
    "bne.w 1b\n\t"                                                                  \
    "add sp, sp, #20\n\t"                                                           \
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}"

#define TC_DEFINE_MULTIPLY_LISTED(name, ...)                                                                        \
    __attribute__((naked, noinline, aligned(4))) void name(const tc_multiply_listed *work __attribute__((unused)))  \
    {                                                                                                               \
        __asm__(TC_MULTIPLY_LISTED_ASM(__VA_ARGS__));                                                               \
    }

/* Weights one by one: the loads of a round have offsets of 0 to 15. */
#define TC_DEFINE_MULTIPLY_ONES(name, start, four, ones, shift)                                                     \
    TC_DEFINE_MULTIPLY_LISTED(name, start, "mov r3, #0\n\t", "sub r0, r0, r4, lsl #2\n\t", four, ones, shift,       \
                              "add.w r0, r0, #16\n\t", "add r3, r3, r4, asr #8\n\t")
/* clang-format on */

#endif
