/*
 * Four pixels by two channels with named registers: compilers spill the eight sums when the block is written in C.
 *
 * A unit is 25 instructions and 32 cycles for 32 MACs. Single loads side by side cost a cycle each after the first, so
 * that the unit's first four are not LDRD. Four pixels share every weight that is read, and all blocks what is done once
 * for a pair.
 *
 * The loop holds eight units, whose loads are relative to pointers that move once a round; the first round enters the
 * loop where the remainder begins, with pointers set back by the units that it skips. Pointers lie below what they point
 * at, for the last load of a round writes the pointer back. Instructions are wide (.w), hence never cut in two by a fetch.
 *
 *   r0 patch  r1 weights  r2, r3 pairs of codes of two pixels  r12, lr the channels' weights
 *   r4-r11 sums: pixel 0 r4, r5; pixel 1 r6, r7; pixel 2 r8, r9; pixel 3 r10, r11
 *   stack, of a pair:  0 weights, 4, 8 where its sums start, 12 entry, 16 end of its weights
 *                      24, 28, 32 shift, multiplier, offset of its first channel, 36, 40, 44 of its second
 *          of a block: 48 output, 52 patch
 *          20 pitch, 56 patch step, 60 output step - 1, 64 end of the patches, 68 first patch, 72 requant, 76 end,
 *          80 output of the pair, 84 rounder, 88 units, 92 copy, 96 bytes of the weights that are skipped,
 *          100 weights of the next pair
 */
#include "tc_multiply_4x2_dsp.h"
#include "tc_dsp.h"

/* clang-format off */
#define TWO_PIXELS(sum0, sum1, sum2, sum3)          \
    "smlad " sum0 ", r12, r2, " sum0 "\n\t"         \
    "smlad " sum1 ", lr, r2, " sum1 "\n\t"          \
    "smlad " sum2 ", r12, r3, " sum2 "\n\t"         \
    "smlad " sum3 ", lr, r3, " sum3 "\n\t"

/*
 * Every instruction takes four bytes, so that a unit has UNIT_BYTES. An assembler's macro, for C99's limit of a string;
 * weights and patch: where its words begin, back: "!" for the last unit of a round.
 */
#define UNIT_BYTES "100"
#define DEFINE_UNIT                                     \
    ".macro tc_unit weights, patch, back\n\t"           \
    "ldr.w r12, [r1, #\\weights]\n\t"                   \
    "ldr.w lr, [r1, #\\weights + 4]\\back\n\t"          \
    "ldr.w r2, [r0, #\\patch]\n\t"                      \
    "ldr.w r3, [r0, #\\patch + 4]\n\t"                  \
    TWO_PIXELS("r4", "r5", "r6", "r7")                  \
    "ldrd r2, r3, [r0, #\\patch + 8]\n\t"               \
    TWO_PIXELS("r8", "r9", "r10", "r11")                \
    "ldrd r2, r3, [r0, #\\patch + 16]\n\t"              \
    "sxtb16 r12, r12\n\t"                               \
    "sxtb16 lr, lr\n\t"                                 \
    TWO_PIXELS("r4", "r5", "r6", "r7")                  \
    "ldrd r2, r3, [r0, #\\patch + 24]\\back\n\t"         \
    TWO_PIXELS("r8", "r9", "r10", "r11")                \
    ".endm\n\t"

/* The int8 output for a sum to lr: r2, r3, r12 are the channel's shift, multiplier and offset. A sum's lowest byte is below 128. */
#define DEFINE_OUTPUT                                                       \
    ".macro tc_output sum, offset:vararg\n\t"                               \
    "asr.w \\sum, \\sum, #7\n\t"                                            \
    TC_REQUANTIZE_TWICE_ASM("r6", "\\sum", "r2", "r3", "r12")               \
    "strb.w r6, [lr\\offset]\n\t"                                           \
    ".endm\n\t"

__attribute__((naked, noinline, aligned(4))) const int32_t *
tc_multiply_4x2_dsp(const tc_multiply_4x2 *work __attribute__((unused)))
{
    __asm__(DEFINE_UNIT DEFINE_OUTPUT
            "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub sp, sp, #104\n\t"
            "ldmia.w r0, {r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12}\n\t"
            "rsb r0, r2, #0\n\t"
            "and r0, r0, #7\n\t" /* units that the first round skips */
            "sub r3, r3, #8\n\t"
            "sub r3, r3, r0, lsl #5\n\t"
            "mla r9, r9, r10, r3\n\t"
            "sub r11, r11, #1\n\t"
            "str r7, [sp, #20]\n\t"
            "strd r10, r11, [sp, #56]\n\t"
            "strd r9, r3, [sp, #64]\n\t"
            "add r9, sp, #72\n\t"
            "stmia.w r9, {r4, r5, r6, r8}\n\t"
            "strd r2, r12, [sp, #88]\n\t"
            "lsl r4, r0, #3\n\t"
            "str r4, [sp, #96]\n\t"
            "adr.w r4, 5f\n\t"
            "mov r5, #" UNIT_BYTES "\n\t"
            "mla r4, r5, r0, r4\n\t"
            "orr r4, r4, #1\n\t" /* Thumb */
            "str r4, [sp, #12]\n"
            "1:\n\t" /* a pair: r1 its weights */
            "ldrd r2, r12, [sp, #88]\n\t"
            "mov r0, r1\n\t"
            "add r1, r1, r2, lsl #3\n\t"
            "cmp r12, #0\n\t"
            "beq 3f\n\t"
            "mov lr, r0\n\t"
            "mov r0, r12\n\t"
            "b 7f\n"
            "6:\n\t"
            "ldrd r4, r5, [lr], #8\n\t"
            "strd r4, r5, [r12], #8\n"
            "7:\n\t"
            "sub r3, r1, lr\n\t"
            "tst r3, #24\n\t"
            "bne 6b\n\t"
            "cmp lr, r1\n\t"
            "beq 3f\n"
            "8:\n\t"
            "ldmia.w lr!, {r4, r5, r6, r7, r8, r9, r10, r11}\n\t"
            "stmia.w r12!, {r4, r5, r6, r7, r8, r9, r10, r11}\n\t"
            "cmp lr, r1\n\t"
            "bne 8b\n"
            "3:\n\t"
            "str r1, [sp, #100]\n\t"
            "ldr r3, [sp, #96]\n\t"
            "sub r0, r0, #4\n\t"
            "add r2, r0, r2, lsl #3\n\t"
            "sub r0, r0, r3\n\t"
            "str r2, [sp, #16]\n\t"
            "ldrd r1, r3, [sp, #80]\n\t"
            "str r0, [sp]\n\t"
            "str r1, [sp, #48]\n\t"
            "add r1, r1, #2\n\t"
            "str r1, [sp, #80]\n\t"
            "ldr r0, [sp, #72]\n\t"
            "ldmia.w r0!, {r4, r5, r6, r7}\n\t"
            "strd r4, r6, [sp, #4]\n\t"
            "str r0, [sp, #72]\n\t"
            "and r4, r4, #127\n\t"
            "and r6, r6, #127\n\t"
            "lsl r8, r3, r4\n\t"
            "lsl r9, r3, r6\n\t"
            "add r0, sp, #24\n\t"
            "stmia.w r0!, {r4, r5, r8}\n\t"
            "stmia.w r0, {r6, r7, r9}\n\t"
            "ldr r0, [sp, #68]\n\t"
            "str r0, [sp, #52]\n\t"
            ".balign 4\n"
            "4:\n\t" /* a block: r0 its patch */
            "ldr.w r1, [sp]\n\t"
            "ldr.w r4, [sp, #4]\n\t"
            "ldr.w r5, [sp, #8]\n\t"
            "mov.w r6, r4\n\t"
            "mov.w r7, r5\n\t"
            "mov.w r8, r4\n\t"
            "mov.w r9, r5\n\t"
            "mov.w r10, r4\n\t"
            "mov.w r11, r5\n\t"
            "ldr.w pc, [sp, #12]\n"
            "5:\n\t"
            "tc_unit 4, 8\n\t"
            "tc_unit 12, 40\n\t"
            "tc_unit 20, 72\n\t"
            "tc_unit 28, 104\n\t"
            "tc_unit 36, 136\n\t"
            "tc_unit 44, 168\n\t"
            "tc_unit 52, 200\n\t"
            "tc_unit 60, 232, !\n\t"
            "ldr.w r2, [sp, #16]\n\t"
            "cmp.w r1, r2\n\t"
            "bne.w 5b\n\t"
            "ldr.w r1, [sp, #20]\n\t"
            "ldr.w r2, [sp, #24]\n\t"
            "ldr.w r3, [sp, #28]\n\t"
            "ldr.w r12, [sp, #32]\n\t"
            "ldr.w lr, [sp, #48]\n\t"
            "mov.w r0, r6\n\t"
            "tc_output r4\n\t"
            "tc_output r0, , r1\n\t"
            "tc_output r8, , r1, lsl #1\n\t"
            "add.w r0, r1, r1, lsl #1\n\t"
            "tc_output r10, , r0\n\t"
            "ldr.w r2, [sp, #36]\n\t"
            "ldr.w r3, [sp, #40]\n\t"
            "ldr.w r12, [sp, #44]\n\t"
            "add.w lr, lr, #1\n\t"
            "tc_output r5\n\t"
            "tc_output r7, , r1\n\t"
            "tc_output r9, , r1, lsl #1\n\t"
            "tc_output r11, , r0\n\t"
            "ldr.w r0, [sp, #52]\n\t"
            "ldr.w r1, [sp, #56]\n\t"
            "ldr.w r2, [sp, #60]\n\t"
            "ldr.w r3, [sp, #64]\n\t"
            "add.w r0, r0, r1\n\t"
            "add.w lr, lr, r2\n\t"
            "str.w lr, [sp, #48]\n\t"
            "str.w r0, [sp, #52]\n\t"
            "cmp.w r0, r3\n\t"
            "bne.w 4b\n\t"
            "ldr r1, [sp, #100]\n\t"
            "ldrd r0, r2, [sp, #72]\n\t"
            "cmp r0, r2\n\t"
            "bne.w 1b\n\t"
            "mov r0, r1\n\t"
            "add sp, sp, #104\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"
            ".purgem tc_unit\n\t"
            ".purgem tc_output");
}
/* clang-format on */
