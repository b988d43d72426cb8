/* Products with 4-bit weights, portable C: pixel by pixel, channel by channel. Layout: tc_stored.h. */
#include "tc_stored_s4_ref.h"
#include "tc_stored_window.h"

#define PRODUCT                              \
    sum += *codes++ * ((int32_t)word >> 28); \
    word <<= 4;

/* Sum of the products of ``count`` codes with the fields from ``words`` on. */
TC_INLINE int32_t dot(const int8_t *codes, const int32_t *words, int32_t count)
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

/* A unit for each group of a row. */
TC_NOINLINE static int32_t grouped(const tc_stored_params *p, const int8_t *codes, const int32_t *words,
                                   const int8_t *units)
{
    int32_t sum = 0;
    for (int32_t left = p->count; left > 0; left -= p->group) {
        sum += *units++ * dot(codes, words, left < p->group ? left : p->group);
        codes += p->group;
        words += p->group / 8;
    }
    return sum;
}

static void multiply(const tc_stored_params *p, const int8_t *codes, int8_t *output)
{
    const int32_t *words = p->weights;
    const int8_t *units = p->values;
    for (int32_t o = 0; o < p->output_c; ++o, words += (p->count + 7) / 8) {
        int32_t sum;
        if (p->group > 0) {
            sum = grouped(p, codes, words, units);
            units += (p->count + p->group - 1) / p->group;
        } else {
            sum = dot(codes, words, p->count);
            sum *= units != NULL ? units[o] : 1;
        }
        output[o] = tc_stored_output(p, o, sum);
    }
}

void tc_stored_s4_ref(const tc_stored_params *p, const int8_t *input, int8_t *output, int8_t *window)
{
    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        for (int32_t ox = 0; ox < p->output_w; ++ox, output += p->output_c) {
            multiply(p, tc_stored_window(p, input, oy, ox, window), output);
        }
    }
}
