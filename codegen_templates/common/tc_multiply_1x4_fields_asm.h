/*
 * Text of the blocks of tc_multiply_1x4_fields_dsp.h; they differ in how the fields of four channels come out.
 *
 *   r0 codes  r1 weights  r2, r3 pairs of codes  r4-r7 fields of the channels  r8-r11 sums  r12 mask
 *   lr rounds left; on the stack: requant, output, rounder, codes, rounds, end, codes to go back for the last block
 */
#ifndef TC_MULTIPLY_1X4_FIELDS_ASM_H
#define TC_MULTIPLY_1X4_FIELDS_ASM_H

#include "tc_dsp.h"

/* clang-format off */

#define TC_FIELDS_CHANNEL(word, sum)            \
    "smlad " sum ", " word ", r2, " sum "\n\t"  \
    "uxtb16 " word ", " word "\n\t"             \
    "smlad " sum ", " word ", r3, " sum "\n\t"

/* Products of four codes, in r3, with the fields in r4-r7. */
#define TC_FOUR_CODES                                                                            \
    "sxtb16 r2, r3, ror #8\n\t"                                                                  \
    "rev16.w r3, r3\n\t"                                                                          \
    "eor r3, r3, #0x007f007f\n\t"                                                                \
    TC_FIELDS_CHANNEL("r4", "r8")                                                                \
    TC_FIELDS_CHANNEL("r5", "r9") TC_FIELDS_CHANNEL("r6", "r10") TC_FIELDS_CHANNEL("r7", "r11")

/* Fields of 4 bits. Loads side by side take a cycle each, and all instructions four bytes: none is cut by a fetch. */
#define TC_FIELDS_OF_4           \
    "ldr.w r3, [r0], #4\n\t"     \
    "ldr.w r6, [r1, #4]\n\t"     \
    "ldr.w r4, [r1], #8\n\t"     \
    "and r5, r12, r4, lsr #4\n\t" \
    "and r4, r12, r4\n\t"        \
    "and r7, r12, r6, lsr #4\n\t" \
    "and r6, r12, r6\n\t"

/* r2 requant, r3 output, r4 rounder */
#define TC_FIELDS_OUTPUT(sum)                                                 \
    "asr " sum ", " sum ", #8\n\t"                                            \
    "ldmia r2!, {r5, r6}\n\t"                                                 \
    "lsl r7, r4, r5\n\t"                                                      \
    TC_REQUANTIZE_ASM("r12", sum, "r5", "r6", "r7") "strb r12, [r3], #1\n\t"

/* r12, the correction, is added to the sums. */
#define TC_SAME_OFFSET           \
    "add r8, r8, r12\n\t"        \
    "add r9, r9, r12\n\t"        \
    "add r10, r10, r12\n\t"      \
    "add r11, r11, r12\n\t"

/* The same, with offsets of the four channels before their weights. */
#define TC_OWN_OFFSETS           \
    "ldr r3, [r1], #4\n\t"       \
    "uxtb r4, r3\n\t"            \
    "mla r8, r12, r4, r8\n\t"    \
    "uxtb r4, r3, ror #8\n\t"    \
    "mla r9, r12, r4, r9\n\t"    \
    "uxtb r4, r3, ror #16\n\t"   \
    "mla r10, r12, r4, r10\n\t"  \
    "lsr r4, r3, #24\n\t"        \
    "mla r11, r12, r4, r11\n\t"

/* first, second: four codes of the loop; last: those beyond a multiple of four */
#define TC_MULTIPLY_1X4_FIELDS_ASM(start, mask, first, second, last)                                        \
    "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"                                                \
    "add r12, sp, #36\n\t"                                                                           \
    "ldmia r12, {r4, r5, r6}\n\t"                                                                    \
    "rsb r7, r5, #0\n\t"                                                                             \
    "and r7, r7, #3\n\t"                                                                             \
    "lsr r5, r5, #2\n\t"                                                                             \
    "add r5, r5, #1\n\t"                                                                             \
    "push {r0, r5, r6, r7}\n\t"                                                                      \
    "push {r2, r3, r4}\n"                                                                            \
    "1:\n\t"                                                                                         \
    "ldr r8, [r2]\n\t"                                                                               \
    "ldr r9, [r2, #8]\n\t"                                                                           \
    "ldr r10, [r2, #16]\n\t"                                                                         \
    "ldr r11, [r2, #24]\n\t"                                                                         \
    "ldr r12, [sp, #76]\n\t"                                                                         \
    "ldrd r0, lr, [sp, #12]\n\t"                                                                     \
    start                                                                                            \
    "mov r12, #" mask "\n\t"                                                                         \
    "lsrs lr, lr, #1\n\t"                                                                            \
    "bcc.w 3f\n\t"                                                                                   \
    ".balign 4\n"                                                                                    \
    "2:\n\t"                                                                                         \
    first TC_FOUR_CODES "3:\n\t"                                                                     \
    second TC_FOUR_CODES "subs lr, lr, #1\n\t"                                                       \
    "bne 2b\n\t"                                                                                     \
    "ldr r2, [sp, #24]\n\t"                                                                          \
    "sub r0, r0, r2\n\t"                                                                             \
    "cmp r2, #0\n\t"                                                                                 \
    "beq 4f\n\t"                                                                                     \
    last TC_FOUR_CODES "4:\n\t"                                                                      \
    "ldmia sp, {r2, r3, r4}\n\t"                                                                     \
    TC_FIELDS_OUTPUT("r8")                                                                           \
    TC_FIELDS_OUTPUT("r9") TC_FIELDS_OUTPUT("r10") TC_FIELDS_OUTPUT("r11") "stmia sp, {r2, r3}\n\t"  \
    "ldr r0, [sp, #20]\n\t"                                                                          \
    "cmp r2, r0\n\t"                                                                                 \
    "bne 1b\n\t"                                                                                     \
    "mov r0, r1\n\t"                                                                                 \
    "add sp, sp, #28\n\t"                                                                            \
    "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}"

#define TC_DEFINE_MULTIPLY_1X4_FIELDS(name, start, mask, first, second, last)                               \
    __attribute__((naked, noinline, aligned(4))) const int32_t *name(                                            \
        const int8_t *codes __attribute__((unused)), const int32_t *weights __attribute__((unused)), \
        const int32_t *requant __attribute__((unused)), int8_t *output __attribute__((unused)),      \
        int32_t rounder __attribute__((unused)), int32_t count __attribute__((unused)),              \
        const int32_t *end __attribute__((unused)), int32_t correction __attribute__((unused)))      \
    {                                                                                                \
        __asm__(TC_MULTIPLY_1X4_FIELDS_ASM(start, mask, first, second, last));                              \
    }
/* clang-format on */

#endif
