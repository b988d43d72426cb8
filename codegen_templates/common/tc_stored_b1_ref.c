/* Products with binary weights, portable C: pixel by pixel, channel by channel. Layout: tc_stored.h. */
#include "tc_stored_b1_ref.h"
#include "tc_stored_window.h"

#define NEGATIVE                             \
    sum += *codes++ & ((int32_t)word >> 31); \
    word <<= 1;

/* Sum of the codes whose weight is -1. */
static int32_t negatives(const int8_t *codes, const int32_t *words, int32_t count)
{
    int32_t sum = 0;
    for (; count >= 32; count -= 32) {
        uint32_t word = (uint32_t)*words++;
        for (int32_t i = 0; i < 4; ++i) {
            NEGATIVE NEGATIVE NEGATIVE NEGATIVE NEGATIVE NEGATIVE NEGATIVE NEGATIVE
        }
    }
    if (count > 0) {
        uint32_t word = (uint32_t)*words;
        for (; count > 0; --count) {
            NEGATIVE
        }
    }
    return sum;
}

static void multiply(const tc_stored_params *p, const int8_t *codes, int8_t *output)
{
    const int32_t *words = p->weights;
    int32_t all = 0;
    for (int32_t i = 0; i < p->count; ++i) {
        all += codes[i];
    }
    for (int32_t o = 0; o < p->output_c; ++o, words += (p->count + 31) / 32) {
        const int32_t unit = p->values != NULL ? p->values[o] : 1;
        output[o] = tc_stored_output(p, o, unit * (all - 2 * negatives(codes, words, p->count)));
    }
}

void tc_stored_b1_ref(const tc_stored_params *p, const int8_t *input, int8_t *output, int8_t *window)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->output_c) {
            multiply(p, tc_stored_window(p, input, oy, ox, window), output);
        }
    }
}
