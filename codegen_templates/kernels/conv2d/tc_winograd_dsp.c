/* Inner loops of the Winograd convolution with named registers: tc_winograd_dsp.h. */
#include "tc_winograd_dsp.h"
#include "tc_dsp.h"

/*
 * One pair of channels of a tile: loads and unpacks d0 .. d5, 20 instructions, six points. r0 d0, r1 d3, r2 pitch, r3 to,
 * r4-r9 d0 .. d5, r10-r12, lr temporary.
 */
/* clang-format off */
#define TRANSFORM_PAIR(rotation, at0, at1, at2, at3, at4, at5)  \
    "ldr.w r4, [r0]\n\t"                                        \
    "ldr.w r5, [r0, r2]\n\t"                                    \
    "ldr.w r6, [r0, r2, lsl #1]\n\t"                            \
    "ldr.w r7, [r1]\n\t"                                        \
    "ldr.w r8, [r1, r2]\n\t"                                    \
    "ldr.w r9, [r1, r2, lsl #1]\n\t"                            \
    "sxtb16 r4, r4" rotation "\n\t"                             \
    "sxtb16 r5, r5" rotation "\n\t"                             \
    "sxtb16 r6, r6" rotation "\n\t"                             \
    "sxtb16 r7, r7" rotation "\n\t"                             \
    "sxtb16 r8, r8" rotation "\n\t"                             \
    "sxtb16 r9, r9" rotation "\n\t"                             \
    "ssub16 r10, r8, r6\n\t"  /* d4 - d2 */                     \
    "ssub16 r11, r7, r5\n\t"  /* d3 - d1 */                     \
    "ssub16 r4, r4, r6\n\t"                                     \
    "sadd16 r4, r4, r4\n\t"                                     \
    "sadd16 r4, r4, r4\n\t"                                     \
    "sadd16 r4, r4, r10\n\t"  /* 4 d0 - 5 d2 + d4 */            \
    "ssub16 r9, r9, r7\n\t"                                     \
    "sadd16 r11, r11, r11\n\t"                                  \
    "sadd16 r12, r11, r11\n\t"                                  \
    "ssub16 r9, r9, r12\n\t"  /* 4 d1 - 5 d3 + d5 */            \
    "sadd16 r12, r10, r11\n\t" /* d4 - d2 +- 2 (d3 - d1) */     \
    "ssub16 lr, r10, r11\n\t"                                   \
    "sadd16 r6, r6, r6\n\t"                                     \
    "sadd16 r6, r6, r6\n\t"                                     \
    "ssub16 r8, r8, r6\n\t"                                     \
    "sadd16 r5, r5, r5\n\t"                                     \
    "sadd16 r5, r5, r5\n\t"                                     \
    "ssub16 r7, r7, r5\n\t"                                     \
    "sadd16 r10, r8, r7\n\t"  /* d4 - 4 d2 +- (d3 - 4 d1) */    \
    "ssub16 r11, r8, r7\n\t"                                    \
    "str.w r4, [r3, #" at0 "]\n\t"                              \
    "str.w r10, [r3, #" at1 "]\n\t"                             \
    "str.w r11, [r3, #" at2 "]\n\t"                             \
    "str.w r12, [r3, #" at3 "]\n\t"                             \
    "str.w lr, [r3, #" at4 "]\n\t"                              \
    "str.w r9, [r3, #" at5 "]\n\t"

__attribute__((naked, noinline, aligned(4))) void tc_winograd_transform_dsp(const int8_t *pixels __attribute__((unused)),
                                                                            int32_t channels __attribute__((unused)),
                                                                            int32_t *tiles __attribute__((unused)))
{
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "mov r3, r2\n\t"
            "mov r2, r1\n\t"
            "add r4, r0, r2\n\t" /* where the first pixel ends */
            "push {r3, r4}\n\t"
            "add r1, r0, r2, lsl #1\n\t"
            "add r1, r1, r2\n\t"
            ".balign 4\n"
            "1:\n\t"
            TRANSFORM_PAIR("", "0", "16", "32", "48", "64", "80")
            TRANSFORM_PAIR(", ror #8", "96", "112", "128", "144", "160", "176")
            "ldr.w r4, [sp, #4]\n\t"
            "add.w r0, r0, #4\n\t"
            "add.w r1, r1, #4\n\t"
            "add.w r3, r3, #192\n\t"
            "cmp.w r0, r4\n\t"
            "bne.w 1b\n\t"
            "add sp, sp, #8\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}

/*
 * Four tiles by two channels: 13 instructions and 16 cycles for 16 products.
 *
 * A quad is two pairs of input channels; the first of a point starts the sums, the loop holds four, of which the first
 * round skips what makes the others a multiple of four. Pointers lie below what they point at, for the last load of a
 * quad writes the pointer back. Instructions are wide (.w), hence never cut in two by a fetch.
 *
 *   r0 tiles  r1 weights  r2, r3 pairs of two tiles  r12, lr of two channels  r4-r11 sums: [tile][channel]
 *   stack: 0 sums, 4 where the point's weights end, 8 bytes of a point's weights, 12 bytes back to the next point,
 *          16 entry, 20 where the sums of the plane end, 24 where all sums end; 64 planes
 */
/* Assembler's macros, for C99's limit of a string. start: products that start the sums; back: "!" for the last loads. */
#define QUAD_BYTES "104"
#define DEFINE_QUAD                                                 \
    ".macro tc_pair start, weights, tiles, back\n\t"                \
    "ldr.w r12, [r1, #\\weights]\n\t"                               \
    "ldr.w lr, [r1, #\\weights + 4]\\back\n\t"                      \
    "ldr.w r2, [r0, #\\tiles]\n\t"                                  \
    "ldr.w r3, [r0, #\\tiles + 4]\n\t"                              \
    ".if \\start\n\t"                                               \
    "smuad r4, r12, r2\n\t"                                         \
    "smuad r5, lr, r2\n\t"                                          \
    "smuad r6, r12, r3\n\t"                                         \
    "smuad r7, lr, r3\n\t"                                          \
    "ldrd r2, r3, [r0, #\\tiles + 8]\n\t"                           \
    "smuad r8, r12, r2\n\t"                                         \
    "smuad r9, lr, r2\n\t"                                          \
    "smuad r10, r12, r3\n\t"                                        \
    "smuad r11, lr, r3\n\t"                                         \
    ".else\n\t"                                                     \
    "smlad r4, r12, r2, r4\n\t"                                     \
    "smlad r5, lr, r2, r5\n\t"                                      \
    "smlad r6, r12, r3, r6\n\t"                                     \
    "smlad r7, lr, r3, r7\n\t"                                      \
    "ldrd r2, r3, [r0, #\\tiles + 8]\\back\n\t"                     \
    "smlad r8, r12, r2, r8\n\t"                                     \
    "smlad r9, lr, r2, r9\n\t"                                      \
    "smlad r10, r12, r3, r10\n\t"                                   \
    "smlad r11, lr, r3, r11\n\t"                                    \
    ".endif\n\t"                                                    \
    ".endm\n\t"                                                     \
    ".macro tc_quad start\n\t"                                      \
    "tc_pair \\start, 4, 88\n\t"                                    \
    "tc_pair 0, 12, 184, !\n\t"                                     \
    ".endm\n\t"

__attribute__((naked, noinline, aligned(4))) void tc_winograd_multiply_dsp(const int32_t *tiles __attribute__((unused)),
                                                                           const int32_t *weights
                                                                           __attribute__((unused)),
                                                                           int32_t *sums __attribute__((unused)),
                                                                           int32_t quads __attribute__((unused)),
                                                                           int32_t planes __attribute__((unused)))
{
    __asm__(DEFINE_QUAD
            "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "sub sp, sp, #28\n\t"
            "ldr r10, [sp, #64]\n\t"
            "sub r0, r0, #88\n\t"
            "sub r1, r1, #4\n\t"
            "lsl r6, r3, #4\n\t"
            "add r5, r1, r6\n\t"
            "mov r7, #192\n\t"
            "mul r7, r7, r3\n\t"
            "sub r7, r7, #16\n\t"
            "rsb r4, r3, #1\n\t"
            "ands r4, r4, #3\n\t" /* quads that the first round skips */
            "cmp r3, #1\n\t"
            "it eq\n\t"
            "moveq r4, #4\n\t"
            "mov r8, #" QUAD_BYTES "\n\t"
            "adr.w r9, 2f\n\t"
            "mla r8, r8, r4, r9\n\t"
            "orr r8, r8, #1\n\t" /* Thumb */
            "add r9, r2, #192\n\t"
            "mov r12, #192\n\t"
            "mla r10, r10, r12, r2\n\t"
            "stmia.w sp, {r2, r5, r6, r7, r8, r9, r10}\n\t"
            ".balign 4\n"
            "1:\n\t" /* a point */
            "tc_quad 1\n\t"
            "ldr.w pc, [sp, #16]\n"
            ".balign 4\n"
            "2:\n\t"
            "tc_quad 0\n\t"
            "tc_quad 0\n\t"
            "tc_quad 0\n\t"
            "tc_quad 0\n\t"
            "ldr.w r2, [sp, #4]\n\t"
            "cmp.w r1, r2\n\t"
            "bne.w 2b\n\t"
            "ldr.w r3, [sp]\n\t"
            "ldr.w r12, [sp, #8]\n\t"
            "ldr.w lr, [sp, #12]\n\t"
            "stmia.w r3!, {r4, r5, r6, r7, r8, r9, r10, r11}\n\t"
            "ldr.w r4, [sp, #20]\n\t"
            "add.w r2, r2, r12\n\t"
            "sub.w r0, r0, lr\n\t"
            "str.w r3, [sp]\n\t"
            "str.w r2, [sp, #4]\n\t"
            "cmp.w r3, r4\n\t"
            "bne.w 1b\n\t"
            "ldr r5, [sp, #24]\n\t"
            "add r0, r0, lr\n\t"
            "sub r0, r0, #80\n\t"
            "add r4, r4, #192\n\t"
            "str r4, [sp, #20]\n\t"
            "cmp r3, r5\n\t"
            "bne.w 1b\n\t"
            "add sp, sp, #28\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n\t"
            ".purgem tc_pair\n\t"
            ".purgem tc_quad");
}

/* int8 output for a multiple of the accumulator: made twice the accumulator, requantised. */
#define OUTPUT(sum, address)                        \
    "smmulr " sum ", " sum ", r5\n\t"               \
    TC_REQUANTIZE_TWICE_ASM("r7", sum, "r2", "r3", "r12")  \
    "strb.w r7, [r10" address "]\n\t"

/*
 *   r0 sums of a tile and channel  r1 bias  r2 shift  r3 multiplier  r12 offset  lr outputs  r10 output
 *   r4-r9 sums of the points, then r5 the factor, r6 pitch; r4, r8, r11, r9 outputs
 *   stack: 0 sums, 4 requant, 8 outputs, 12 rounder, 16 where the requant words end; 56 pitch, 60 factor
 */
__attribute__((naked, noinline, aligned(4))) void tc_winograd_output_dsp(const int32_t *sums __attribute__((unused)),
                                                                         const int32_t *requant __attribute__((unused)),
                                                                         int8_t **outputs __attribute__((unused)),
                                                                         int32_t rounder __attribute__((unused)),
                                                                         int32_t pitch __attribute__((unused)),
                                                                         int32_t factor __attribute__((unused)))
{
    __asm__("push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "add r4, r1, #24\n\t"
            "push {r0, r1, r2, r3, r4}\n"
            "1:\n\t" /* a channel: r0 sums, r1 requant */
            "ldr.w lr, [sp, #8]\n\t"
            "ldr.w r12, [sp, #12]\n\t"
            "ldr.w r2, [r1, #4]\n\t"
            "ldr.w r3, [r1, #8]\n\t"
            "ldr.w r1, [r1]\n\t"
            "lsl.w r12, r12, r2\n\t"
            ".balign 4\n"
            "2:\n\t"
            "ldr.w r10, [lr], #4\n\t"
            "cmp.w r10, #0\n\t"
            "beq.w 3f\n\t"
            "ldr.w r4, [r0]\n\t"
            "ldr.w r5, [r0, #32]\n\t"
            "ldr.w r6, [r0, #64]\n\t"
            "ldr.w r7, [r0, #96]\n\t"
            "ldr.w r8, [r0, #128]\n\t"
            "ldr.w r9, [r0, #160]\n\t"
            "add.w r0, r0, #8\n\t"
            "add.w r5, r5, r1\n\t"
            "add.w r11, r5, r6\n\t"
            "sub.w r5, r5, r6\n\t"
            "add.w r6, r7, r8\n\t"
            "sub.w r7, r7, r8\n\t"
            "add.w r4, r4, r11\n\t"
            "add.w r4, r4, r6\n\t"
            "add.w r8, r5, r7, lsl #1\n\t"
            "add.w r11, r11, r6, lsl #2\n\t"
            "add.w r9, r9, r5\n\t"
            "add.w r9, r9, r7, lsl #3\n\t"
            "ldr.w r6, [sp, #56]\n\t"
            "ldr.w r5, [sp, #60]\n\t"
            OUTPUT("r4", "")
            OUTPUT("r8", ", r6")
            OUTPUT("r11", ", r6, lsl #1")
            "add.w r6, r6, r6, lsl #1\n\t"
            OUTPUT("r9", ", r6")
            "add.w r10, r10, #1\n\t"
            "str r10, [lr, #-4]\n\t"
            "b.w 2b\n"
            "3:\n\t"
            "ldr r0, [sp]\n\t"
            "ldr r1, [sp, #4]\n\t"
            "ldr r2, [sp, #16]\n\t"
            "add r0, r0, #4\n\t"
            "add r1, r1, #12\n\t"
            "str r1, [sp, #4]\n\t"
            "cmp r1, r2\n\t"
            "bne.w 1b\n\t"
            "add sp, sp, #20\n\t"
            "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}");
}
/* clang-format on */
