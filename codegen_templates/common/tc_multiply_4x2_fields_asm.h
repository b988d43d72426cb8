/*
 * Text of the blocks of tc_multiply_4x2_fields_dsp.h; they differ in how a unit's weights come out. They have
 * no blanks: C99 promises no more than 4095 characters of a string.
 *
 *   r0 patch  r1 weights  r2, r3 pairs of codes of two pixels  r12, lr the channels' fields
 *   r4-r11 sums: pixel 0 r4, r5; pixel 1 r6, r7; pixel 2 r8, r9; pixel 3 r10, r11
 *   stack: where the pair's weights end, requant, output, pitch, rounder, patch, bytes of a pair's weights, end, entry
 */
#ifndef TC_MULTIPLY_4X2_FIELDS_ASM_H
#define TC_MULTIPLY_4X2_FIELDS_ASM_H

#include "tc_dsp.h"

/* clang-format off */

#define TC_TWO_PIXELS(sum0, sum1, sum2, sum3)  \
    "ldrd r2,r3,[r0],#8\n"                     \
    "smlad " sum0 ",r12,r2," sum0 "\n"         \
    "smlad " sum1 ",lr,r2," sum1 "\n"          \
    "smlad " sum2 ",r12,r3," sum2 "\n"         \
    "smlad " sum3 ",lr,r3," sum3 "\n"

/* Products of a unit whose fields are in r12 and lr: 22 instructions of four bytes. */
#define TC_UNIT                                                 \
    TC_TWO_PIXELS("r4", "r5", "r6", "r7")                       \
    TC_TWO_PIXELS("r8", "r9", "r10", "r11") "uxtb16 r12,r12\n"  \
    "uxtb16 lr,lr\n"                                            \
    TC_TWO_PIXELS("r4", "r5", "r6", "r7")                       \
    TC_TWO_PIXELS("r8", "r9", "r10", "r11")

/* r0 = int8 output for the sum: r2, r3 the channel's requant words, r12 its offset */
#define TC_FIELDS_OUTPUT(sum) "asr " sum "," sum ",#8\n" TC_REQUANTIZE_ASM("r0", sum, "r2", "r3", "r12")

/* Sums start at the channels' r4, r5 and the corrections at r12. */
#define TC_SAME_OFFSET             \
    "ldmia r12,{r6,r8,r10,r12}\n"  \
    "add r7,r5,r6\n"               \
    "add r6,r4,r6\n"               \
    "add r9,r5,r8\n"               \
    "add r8,r4,r8\n"               \
    "add r11,r5,r10\n"             \
    "add r10,r4,r10\n"             \
    "add r5,r5,r12\n"              \
    "add r4,r4,r12\n"

/* The same, with offsets of the two channels before their weights. */
#define TC_OWN_OFFSETS             \
    "ldr r3,[r1],#4\n"             \
    "uxtb lr,r3\n"                 \
    "lsr r3,r3,#8\n"               \
    "ldmia r12,{r6,r8,r10,r12}\n"  \
    "mla r7,r6,r3,r5\n"            \
    "mla r6,r6,lr,r4\n"            \
    "mla r9,r8,r3,r5\n"            \
    "mla r8,r8,lr,r4\n"            \
    "mla r11,r10,r3,r5\n"          \
    "mla r10,r10,lr,r4\n"          \
    "mla r5,r12,r3,r5\n"           \
    "mla r4,r12,lr,r4\n"

/* skip: r8 = bytes of the r8 units before the entry; bytes: r6 = bytes of r6 units; units: the loop's four units */
#define TC_MULTIPLY_4X2_FIELDS_ASM(start, skip, bytes, units)  \
    "push {r4,r5,r6,r7,r8,r9,r10,r11,lr}\n"             \
    "add r12,sp,#36\n"                                  \
    "ldmia r12,{r4,r5,r6,r7}\n"                         \
    "adr r12,2f\n"                                      \
    "rsb r8,r6,#0\n"                                    \
    "and r8,r8,#3\n"                                    \
    skip "add r8,r8,r12\n"                              \
    "orr r8,r8,#1\n" /* Thumb */                        \
    bytes "push {r0,r6,r7,r8}\n"                        \
    "push {r1,r2,r3,r4,r5}\n"                           \
    "1:\n"                                              \
    "ldrd r0,r3,[sp,#20]\n"                             \
    "ldr r4,[r2]\n"                                     \
    "ldr r5,[r2,#8]\n"                                  \
    "ldr r12,[sp,#88]\n"                                \
    "add r3,r3,r1\n"                                    \
    "str r3,[sp]\n"                                     \
    start                                               \
    "ldr pc,[sp,#32]\n"                                 \
    ".balign 4\n"                                       \
    "2:\n"                                              \
    units "ldr r2,[sp]\n"                               \
    "cmp r1,r2\n"                                       \
    "bne 2b\n"                                          \
    "ldrd r0,lr,[sp,#4]\n"                              \
    "ldr r12,[sp,#16]\n"                                \
    "ldrd r2,r3,[r0]\n"                                 \
    "lsl r12,r12,r2\n"                                  \
    TC_FIELDS_OUTPUT("r4") "strb r0,[lr]\n"            \
    "ldr r4,[sp,#12]\n"                                 \
    TC_FIELDS_OUTPUT("r6") "strb r0,[lr,r4]\n"         \
    "add r6,r4,r4,lsl #1\n"                             \
    TC_FIELDS_OUTPUT("r8") "strb r0,[lr,r4,lsl #1]\n"   \
    TC_FIELDS_OUTPUT("r10") "strb r0,[lr,r6]\n"        \
    "ldr r8,[sp,#4]\n"                                  \
    "ldr r12,[sp,#16]\n"                                \
    "ldrd r2,r3,[r8,#8]\n"                              \
    "lsl r12,r12,r2\n"                                  \
    "add lr,lr,#1\n"                                    \
    TC_FIELDS_OUTPUT("r5") "strb r0,[lr]\n"             \
    TC_FIELDS_OUTPUT("r7") "strb r0,[lr,r4]\n"         \
    TC_FIELDS_OUTPUT("r9") "strb r0,[lr,r4,lsl #1]\n"   \
    TC_FIELDS_OUTPUT("r11") "strb r0,[lr,r6]\n"         \
    "add r2,r8,#16\n"                                   \
    "add lr,lr,#1\n"                                    \
    "strd r2,lr,[sp,#4]\n"                              \
    "ldr r0,[sp,#28]\n"                                 \
    "cmp r2,r0\n"                                       \
    "bne 1b\n"                                          \
    "mov r0,r1\n"                                       \
    "add sp,sp,#36\n"                                   \
    "pop {r4,r5,r6,r7,r8,r9,r10,r11,pc}"

#define TC_DEFINE_MULTIPLY_4X2_FIELDS(name, start, skip, bytes, units)                                       \
    __attribute__((naked, noinline)) const int32_t *name(                                             \
        const int32_t *patch __attribute__((unused)), const int32_t *weights __attribute__((unused)), \
        const int32_t *requant __attribute__((unused)), int8_t *output __attribute__((unused)),       \
        int32_t pitch __attribute__((unused)), int32_t rounder __attribute__((unused)),               \
        int32_t count __attribute__((unused)), const int32_t *end __attribute__((unused)),            \
        const int32_t *corrections __attribute__((unused)))                                           \
    {                                                                                                 \
        __asm__(TC_MULTIPLY_4X2_FIELDS_ASM(start, skip, bytes, units));                                      \
    }
/* clang-format on */

#endif
