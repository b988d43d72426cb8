/* tc_move_words_dsp.h says what it does. */
#include "tc_move_words_dsp.h"

typedef struct {
    int32_t words[8];
} eight_words;

void tc_move_words_dsp(int32_t *to, const int32_t *from, int32_t count)
{
    for (; count >= 8; count -= 8, to += 8, from += 8) {
        *(eight_words *)(void *)to = *(const eight_words *)(const void *)from;
    }
    for (; count > 0; --count) {
        *to++ = *from++;
    }
}
