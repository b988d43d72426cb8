/* Lines of outputs of a window of segments: tc_depthwise_window_dsp.h. */
#include "tc_depthwise_window_dsp.h"
#include "tc_depthwise_lines_asm.h"

/* clang-format off */
/*
 * A window of segments, each of up to eight steps: two taps of four outputs, 9 cycles. The first step of a segment is
 * entered so that the last is the eighth. Behind where the line ends, at 80 and 84: the next block's codes, the output.
 *
 *   r0 codes  r1 weights  r2 bytes of the steps that are skipped  r3 bytes of a segment's weights  r4-r7 sums
 *   r8, r9 codes  r10, r11 weights  r12 where the window ends  lr bytes from one segment to the next
 */
#define BLOCK_WINDOW                        \
    "add.w r4, r0, #8\n\t"                  \
    "str.w r4, [sp, #80]\n\t"               \
    "str.w r3, [sp, #84]\n\t"               \
    "ldr.w r7, [sp, #12]\n\t"               \
    "ldr.w r1, [sp, #16]\n\t"               \
    "ldr.w r2, [sp, #20]\n\t"               \
    "ldr.w r3, [sp, #24]\n\t"               \
    "ldr.w lr, [sp, #28]\n\t"               \
    "ldr.w r12, [sp, #32]\n\t"              \
    "mov.w r4, r7\n\t"                      \
    "mov.w r5, r7\n\t"                      \
    "mov.w r6, r7\n\t"                      \
    "add.w r12, r12, r0\n"                  \
    "5:\n\t"                                \
    "add pc, r2\n\t"                        \
    "nop\n\t"                               \
    ".irp step, 0, 1, 2, 3, 4, 5, 6, 7\n\t" \
    "ldr.w r8, [r0, #4 * \\step]\n\t"       \
    "ldr.w r10, [r1, #8 * \\step]\n\t"      \
    "ldr.w r11, [r1, #8 * \\step + 4]\n\t"  \
    "ldr.w r9, [r0, #4 * \\step + 4]\n\t"   \
    "smlad r4, r8, r10, r4\n\t"             \
    "smlad r5, r8, r11, r5\n\t"             \
    "smlad r6, r9, r10, r6\n\t"             \
    "smlad r7, r9, r11, r7\n\t"             \
    ".endr\n\t"                             \
    "add.w r0, r0, lr\n\t"                  \
    "add.w r1, r1, r3\n\t"                  \
    "cmp.w r0, r12\n\t"                     \
    "bne.w 5b\n\t"                          \
    "ldr.w r0, [sp, #80]\n\t"               \
    "ldr.w r3, [sp, #84]\n\t"               \
    "ldr.w lr, [sp, #40]\n\t"
/* clang-format on */

__attribute__((naked, noinline, aligned(4))) void tc_depthwise_window_dsp(const tc_depthwise_window *work
                                                                          __attribute__((unused)))
{
    __asm__(TC_DEPTHWISE_LINES_ASM(BLOCK_WINDOW));
}
