/*
 * Deepest use of the stack: the unused part is filled with a pattern, and what no longer holds it has been used.
 * A word that a program happens to fill with the pattern counts as unused, so the answer can be short by a word or two.
 */
#include "tc_board.h"
#include "tc_linker.h"

#define PAINT UINT32_C(0xc5a3c5a3)

/* The compiler may read sp before it pushes this function's registers: they must not be painted over. */
enum { FRAME_WORDS = 16 };

void tc_stack_paint(void)
{
    uint32_t *end;

    __asm__ volatile("mov %0, sp" : "=r"(end));
    end -= FRAME_WORDS;
    for (uint32_t *word = __stack_limit; word < end; ++word) {
        *word = PAINT;
        __asm__ volatile("" ::: "memory"); /* no call of memset, whose frame would be painted over */
    }
}

uint32_t tc_stack_used_bytes(void)
{
    const uint32_t *word = __stack_limit;

    while (word < __stack_top && *word == PAINT) {
        ++word;
    }
    return (uint32_t)((uintptr_t)__stack_top - (uintptr_t)word);
}
