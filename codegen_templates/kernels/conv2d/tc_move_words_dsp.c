/* tc_move_words_dsp.h says what it does. */
#include "tc_move_words_dsp.h"

void tc_move_words_dsp(int32_t *to, const int32_t *from, int32_t count)
{
    /* compilers move four words at a time */
    for (; count >= 8; count -= 8) {
        __asm__ volatile("ldmia.w %0!, {r3, r4, r5, r6, r8, r9, r10, r12}\n\t"
                         "stmia.w %1!, {r3, r4, r5, r6, r8, r9, r10, r12}"
                         : "+r"(from), "+r"(to)
                         :
                         : "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r12", "memory");
    }
    for (; count > 0; --count) {
        *to++ = *from++;
    }
}
