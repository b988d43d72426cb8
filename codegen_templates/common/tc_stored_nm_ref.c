/* Products with N of M weights kept, portable C: pixel by pixel, channel by channel. Layout: tc_stored.h. */
#include "tc_stored_nm_ref.h"
#include "tc_stored_window.h"

typedef struct {
    const int32_t *words;
    const int8_t *values;
} cursor;

/* Sum of a row; ``from`` moves to the next. With literal numbers the compiler makes a loop for them. */
TC_INLINE int32_t dot(const int8_t *codes, cursor *from, int32_t groups, int32_t group, int32_t kept, int32_t bits)
{
    int32_t sum = 0, left = 0;
    uint32_t word = 0;
    for (; groups > 0; --groups, codes += group) {
        for (int32_t i = 0; i < kept; ++i) {
            if (left == 0) {
                word = (uint32_t)*from->words++;
                left = 32;
            }
            sum += codes[word >> (32 - bits)] * *from->values++;
            word <<= bits;
            left -= bits;
        }
    }
    return sum;
}

static void multiply(const tc_stored_params *p, const int8_t *codes, int8_t *output)
{
    const int32_t groups = p->count / p->group;
    cursor from = {p->weights, p->values};
    for (int32_t o = 0; o < p->output_c; ++o) {
        int32_t sum;
        if (p->group == 4 && p->kept == 1) {
            sum = dot(codes, &from, groups, 4, 1, 2);
        } else if (p->group == 4 && p->kept == 2) {
            sum = dot(codes, &from, groups, 4, 2, 2);
        } else {
            sum = dot(codes, &from, groups, p->group, p->kept, p->group == 4 ? 2 : 4);
        }
        output[o] = tc_stored_output(p, o, sum);
    }
}

void tc_stored_nm_ref(const tc_stored_params *p, const int8_t *input, int8_t *output, int8_t *window)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->output_c) {
            multiply(p, tc_stored_window(p, input, oy, ox, window), output);
        }
    }
}
