/* conv2d, 2-bit and ternary weights, cores without the DSP extension: two pixels share each weight. */
#include "tc_conv2d_s2_thumb.h"
#include "tc_stored_pairs_thumb.h"

#define PRODUCT                            \
    t += *codes++ * ((int32_t)word >> 30); \
    word <<= 2;

/* Sums of ``count`` codes by the fields from ``words`` on; a word's products stay within 16 bits. */
TC_NOINLINE static tc_pair_sums dot(const int32_t *codes, const int32_t *words, int32_t count)
{
    tc_pair_sums sums = {0, 0};
    for (; count >= 16; count -= 16) {
        uint32_t word = (uint32_t)*words++;
        int32_t t = 0;
        PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT
            PRODUCT PRODUCT tc_pair_add(&sums, t);
    }
    if (count > 0) {
        uint32_t word = (uint32_t)*words;
        int32_t t = 0;
        for (; count > 0; --count) {
            PRODUCT
        }
        tc_pair_add(&sums, t);
    }
    return sums;
}

static void multiply(const tc_stored_params *p, const int32_t *patch, int8_t *output, int32_t pitch)
{
    const int32_t *words = p->weights;
    for (int32_t o = 0; o < p->output_c; ++o, words += (p->count + 15) / 16) {
        const int32_t unit = p->values != NULL ? p->values[o] : 1;
        const tc_pair_sums sums = dot(patch, words, p->count);
        tc_stored_pairs_output(p, o, unit * tc_pair_first(&sums), unit * sums.second, output, pitch);
    }
}

void tc_conv2d_s2_thumb(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_stored_pairs(p, input, output, (int32_t *)scratch, multiply);
}
