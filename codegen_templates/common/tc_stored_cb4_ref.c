/* Products with weights from a codebook of 16, portable C: pixel by pixel, channel by channel. Layout: tc_stored.h. */
#include "tc_stored_cb4_ref.h"
#include "tc_stored_window.h"

#define PRODUCT                             \
    sum += *codes++ * codebook[word >> 28]; \
    word <<= 4;

static int32_t dot(const int8_t *codes, const int32_t *words, const int8_t *codebook, int32_t count)
{
    int32_t sum = 0;
    for (; count >= 8; count -= 8) {
        uint32_t word = (uint32_t)*words++;
        PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT
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
    const int8_t *codebook = p->values;
    for (int32_t o = 0; o < p->output_c; ++o, words += (p->count + 7) / 8, codebook += 16 * p->group) {
        output[o] = tc_stored_output(p, o, dot(codes, words, codebook, p->count));
    }
}

void tc_stored_cb4_ref(const tc_stored_params *p, const int8_t *input, int8_t *output, int8_t *window)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->output_c) {
            multiply(p, tc_stored_window(p, input, oy, ox, window), output);
        }
    }
}
