/*
 * Four pixels by two channels with named registers: compilers spill the eight sums when the block is written in C.
 *
 * A unit is 25 instructions and 32 cycles for 32 MACs. Single loads side by side cost a cycle each after the first, so
 * that the unit's first four are not LDRD. Four pixels share every weight that is read.
 *
 * The loop holds eight units, whose loads are relative to pointers that move once a round; the first round enters the
 * loop where the remainder begins, with pointers set back by the units that it skips. Pointers lie below what they point
 * at, for the last load of a round writes the pointer back. Instructions are wide (.w), hence never cut in two by a fetch.
 *
 *   r0 patch  r1 weights  r2, r3 pairs of codes of two pixels  r12, lr the channels' weights
 *   r4-r11 sums: pixel 0 r4, r5; pixel 1 r6, r7; pixel 2 r8, r9; pixel 3 r10, r11
 *   stack: 0 where the line's weights end, 4 where the pair's end, 8 gap, 12 bytes of a line's weights, 16 entry,
 *          20 patch, 24 requant, 28 output, 32 pitch, 36 rounder, 40 end, 44 bytes of a pair's weights,
 *          48 bytes of the weights that are skipped
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

/* r0 = int8 output for the sum: r2, r3 the channel's requant words, r12 its offset. A sum's lowest byte is below 128. */
#define OUTPUT(out, sum) "asr.w " sum ", " sum ", #7\n\t" TC_REQUANTIZE_TWICE_ASM(out, sum, "r2", "r3", "r12")

__attribute__((naked, noinline, aligned(4))) const int32_t *
tc_multiply_4x2_dsp(const tc_multiply_4x2 *work __attribute__((unused)))
{
    __asm__(DEFINE_UNIT
            "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub sp, sp, #52\n\t"
            "ldmia.w r0, {r1, r2, r3, r4, r5, r6, r7, r8, r9, r10}\n\t"
            "adr.w r12, 2f\n\t"
            "rsb r0, r3, #0\n\t"
            "and r0, r0, #7\n\t" /* units that the first round skips */
            "sub r1, r1, #4\n\t"
            "sub r5, r5, #8\n\t"
            "sub r5, r5, r0, lsl #5\n\t"
            "sub r2, r2, r0, lsl #5\n\t"
            "str r2, [sp, #8]\n\t"
            "lsl r2, r3, #3\n\t"
            "str r2, [sp, #12]\n\t"
            "mul r2, r4, r2\n\t"
            "str r2, [sp, #44]\n\t"
            "lsl r2, r0, #3\n\t"
            "str r2, [sp, #48]\n\t"
            "mov r2, #" UNIT_BYTES "\n\t"
            "mla r2, r2, r0, r12\n\t"
            "orr r2, r2, #1\n\t" /* Thumb */
            "str r2, [sp, #16]\n\t"
            "add r2, sp, #20\n\t"
            "stmia.w r2, {r5, r6, r7, r8, r9, r10}\n\t"
            "mov r0, r6\n\t"
            ".balign 4\n"
            "1:\n\t" /* a pair: r0 requant */
            "ldr.w r4, [r0]\n\t"
            "ldr.w r5, [r0, #8]\n\t"
            "ldr.w r2, [sp, #12]\n\t"
            "ldr.w r3, [sp, #44]\n\t"
            "ldr.w r12, [sp, #48]\n\t"
            "ldr.w r0, [sp, #20]\n\t"
            "add.w r2, r2, r1\n\t"
            "add.w r3, r3, r1\n\t"
            "str.w r2, [sp]\n\t"
            "str.w r3, [sp, #4]\n\t"
            "sub.w r1, r1, r12\n\t"
            "mov.w r6, r4\n\t"
            "mov.w r7, r5\n\t"
            "mov.w r8, r4\n\t"
            "mov.w r9, r5\n\t"
            "mov.w r10, r4\n\t"
            "mov.w r11, r5\n\t"
            "ldr.w pc, [sp, #16]\n"
            "2:\n\t"
            "tc_unit 4, 8\n\t"
            "tc_unit 12, 40\n\t"
            "tc_unit 20, 72\n\t"
            "tc_unit 28, 104\n\t"
            "tc_unit 36, 136\n\t"
            "tc_unit 44, 168\n\t"
            "tc_unit 52, 200\n\t"
            "tc_unit 60, 232, !\n\t"
            "ldr.w r2, [sp]\n\t"
            "cmp.w r1, r2\n\t"
            "bne.w 2b\n\t"
            "ldr.w r2, [sp, #4]\n\t" /* the line's end */
            "cmp.w r1, r2\n\t"
            "beq.w 3f\n\t"
            "ldr.w r3, [sp, #12]\n\t"
            "ldr.w r12, [sp, #48]\n\t"
            "ldr.w lr, [sp, #8]\n\t"
            "add.w r3, r3, r1\n\t"
            "str.w r3, [sp]\n\t"
            "sub.w r1, r1, r12\n\t"
            "add.w r0, r0, lr\n\t"
            "ldr.w pc, [sp, #16]\n"
            "3:\n\t"
            "ldr.w r0, [sp, #24]\n\t"
            "ldr.w lr, [sp, #28]\n\t"
            "ldr.w r1, [sp, #32]\n\t"
            "ldr.w r12, [sp, #36]\n\t"
            "ldr.w r2, [r0]\n\t"
            "ldr.w r3, [r0, #4]\n\t"
            "and.w r2, r2, #127\n\t"
            "lsl.w r12, r12, r2\n\t"
            OUTPUT("r0", "r4") "strb.w r0, [lr]\n\t"
            OUTPUT("r4", "r6") "strb.w r4, [lr, r1]\n\t"
            OUTPUT("r4", "r8") "strb.w r4, [lr, r1, lsl #1]\n\t"
            "add.w r6, r1, r1, lsl #1\n\t"
            OUTPUT("r4", "r10") "strb.w r4, [lr, r6]\n\t"
            "ldr.w r0, [sp, #24]\n\t"
            "ldr.w r12, [sp, #36]\n\t"
            "ldr.w r2, [r0, #8]\n\t"
            "ldr.w r3, [r0, #12]\n\t"
            "and.w r2, r2, #127\n\t"
            "lsl.w r12, r12, r2\n\t"
            "add.w lr, lr, #1\n\t"
            OUTPUT("r4", "r5") "strb.w r4, [lr]\n\t"
            OUTPUT("r4", "r7") "strb.w r4, [lr, r1]\n\t"
            OUTPUT("r4", "r9") "strb.w r4, [lr, r1, lsl #1]\n\t"
            OUTPUT("r4", "r11") "strb.w r4, [lr, r6]\n\t"
            "add.w r0, r0, #16\n\t"
            "add.w lr, lr, #1\n\t"
            "str.w r0, [sp, #24]\n\t"
            "str.w lr, [sp, #28]\n\t"
            "ldr.w r2, [sp, #40]\n\t"
            "ldr.w r1, [sp, #4]\n\t"
            "cmp.w r0, r2\n\t"
            "bne.w 1b\n\t"
            "add r0, r1, #4\n\t"
            "add sp, sp, #52\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"
            ".purgem tc_unit");
}
/* clang-format on */
