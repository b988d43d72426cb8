/*
 * A byte of two indices is turned into a pair of weights by one load. Byte loads need no instruction that takes a word to
 * pieces, and loads side by side take a cycle each: 27 instructions and 29 cycles for 16 MACs.
 *
 * The loop holds two times four codes; the first round enters it at the second where the fours are an odd number. What
 * is left of four codes is put on the stack, with zeros behind it, and enters it there too.
 *
 *   r0 codes  r1 weights  r2 pair of codes  r3 table  r4-r7 bytes, then pairs of weights  r8-r11 sums  r12 four codes
 *   lr rounds left; 0: what is left of four codes is to come, or the end
 *   stack: 0 work, 4 fours and one, 8 codes to go back for what is left, 12 what is left
 */
#include "tc_multiply_1x4_cb4_dsp.h"
#include "tc_multiply_1x4_stored_asm.h"

void tc_fill_pairs_dsp(const int8_t *codes, int32_t *table)
{
    for (int32_t j = 0; j < 16; j += 4, table += 4) {
        const int32_t a = codes[j], b = codes[j + 1], c = codes[j + 2], d = codes[j + 3];
        int32_t *to = table;
        for (int32_t i = 0; i < 16; i += 2, to += 32) {
            const int32_t high = codes[i], next = codes[i + 1];
            to[0] = tc_low_halves(a, high);
            to[1] = tc_low_halves(b, high);
            to[2] = tc_low_halves(c, high);
            to[3] = tc_low_halves(d, high);
            to[16] = tc_low_halves(a, next);
            to[17] = tc_low_halves(b, next);
            to[18] = tc_low_halves(c, next);
            to[19] = tc_low_halves(d, next);
        }
    }
}

/* clang-format off */
/* Loads stay together. */
#define TWO_CODES(codes)                                    \
    "ldrb.w r5, [r1, #1]\n\t"                               \
    "ldrb.w r6, [r1, #2]\n\t"                               \
    "ldrb.w r7, [r1, #3]\n\t"                               \
    "ldrb r4, [r1], #4\n\t"                                 \
    "ldr.w r5, [r3, r5, lsl #2]\n\t"                        \
    "ldr.w r6, [r3, r6, lsl #2]\n\t"                        \
    "ldr.w r7, [r3, r7, lsl #2]\n\t"                        \
    "ldr.w r4, [r3, r4, lsl #2]\n\t"                        \
    "sxtb16 r2, " codes "\n\t"                              \
    "smlad r9, r2, r5, r9\n\t"                              \
    "smlad r10, r2, r6, r10\n\t"                            \
    "smlad r11, r2, r7, r11\n\t"                            \
    "smlad r8, r2, r4, r8\n\t"

/* Every instruction takes four bytes and hence is never cut in two by a fetch. */
#define FOUR_CODES                                          \
    "ldr.w r12, [r0], #4\n\t"                               \
    TWO_CODES("r12") TWO_CODES("r12, ror #8")

__attribute__((naked, noinline, aligned(4))) void
tc_multiply_1x4_cb4_dsp(tc_multiply_1x4_stored *work __attribute__((unused)))
{
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "ldr r1, [r0, #4]\n\t"
            "ldr r5, [r0, #28]\n\t"
            "rsb r6, r5, #0\n\t"
            "and r6, r6, #3\n\t"
            "lsr r5, r5, #2\n\t"
            "add r5, r5, #1\n\t"
            "push {r0, r5, r6, r7}\n"
            "1:\n\t"
            "ldrd r12, lr, [sp]\n\t"
            "ldr r0, [r12]\n\t"
            "ldr r3, [r12, #24]\n\t"
            "mov r8, #0\n\t"
            "mov r9, #0\n\t"
            "mov r10, #0\n\t"
            "mov r11, #0\n\t"
            "lsrs lr, lr, #1\n\t"
            "bcc.w 3f\n\t"
            ".balign 4\n"
            "2:\n\t"
            FOUR_CODES
            "3:\n\t"
            FOUR_CODES
            "subs lr, lr, #1\n\t"
            "bgt.w 2b\n\t"
            "bmi.w 4f\n\t"
            "ldr r4, [sp, #8]\n\t"
            "cmp r4, #0\n\t"
            "beq.w 4f\n\t"
            "sub r0, r0, r4\n\t"
            "ldr r5, [r0]\n\t"
            "lsl r4, r4, #3\n\t"
            "lsr r5, r5, r4\n\t"
            "str r5, [sp, #12]\n\t"
            "add r0, sp, #12\n\t"
            "b.w 3b\n"
            "4:\n\t"
            TC_STORED_OUTPUTS_ASM(TC_STORED_PLAIN)
            "bne.w 1b\n\t"
            "add sp, sp, #16\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}
/* clang-format on */
