/* Products with 2-bit and ternary weights, portable C: pixel by pixel, channel by channel. Layout: tc_stored.h. */
#include "tc_stored_s2_ref.h"
#include "tc_stored_window.h"

#define PRODUCT                              \
    sum += *codes++ * ((int32_t)word >> 30); \
    word <<= 2;

static int32_t dot(const int8_t *codes, const int32_t *words, int32_t count)
{
    int32_t sum = 0;
    for (; count >= 16; count -= 16) {
        uint32_t word = (uint32_t)*words++;
        PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT
            PRODUCT PRODUCT
    }
    if (count > 0) {
        uint32_t word = (uint32_t)*words;
        for (; count > 0; --count) {
            PRODUCT
        }
    }
    return sum;
}

static void multiply(const tc_stored_params *p, const int8_t *codes, int8_t *output)
{
    const int32_t *words = p->weights;
    for (int32_t o = 0; o < p->output_c; ++o, words += (p->count + 15) / 16) {
        const int32_t unit = p->values != NULL ? p->values[o] : 1;
        output[o] = tc_stored_output(p, o, unit * dot(codes, words, p->count));
    }
}

void tc_stored_s2_ref(const tc_stored_params *p, const int8_t *input, int8_t *output, int8_t *window)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->output_c) {
            multiply(p, tc_stored_window(p, input, oy, ox, window), output);
        }
    }
}
