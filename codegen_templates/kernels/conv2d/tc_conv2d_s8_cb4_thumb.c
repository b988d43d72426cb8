/* conv2d, weights from a codebook of 16, cores without the DSP extension: two pixels share each weight. */
#include "tc_conv2d_s8_cb4_thumb.h"
#include "tc_stored_pairs_thumb.h"

/* two products stay within 16 bits */
#define TWO_PRODUCTS                            \
    t = *codes++ * codebook[word >> 28];        \
    t += *codes++ * codebook[word >> 24 & 15U]; \
    tc_pair_add(&sums, t);                      \
    word <<= 8;

TC_NOINLINE static tc_pair_sums dot(const int32_t *codes, const int32_t *words, const int8_t *codebook, int32_t count)
{
    tc_pair_sums sums = {0, 0};
    int32_t t;
    for (; count >= 8; count -= 8) {
        uint32_t word = (uint32_t)*words++;
        TWO_PRODUCTS TWO_PRODUCTS TWO_PRODUCTS TWO_PRODUCTS
    }
    if (count > 0) {
        uint32_t word = (uint32_t)*words;
        for (; count > 0; --count) {
            tc_pair_add(&sums, *codes++ * codebook[word >> 28]);
            word <<= 4;
        }
    }
    return sums;
}

static void multiply(const tc_stored_params *p, const int32_t *patch, int8_t *output, int32_t pitch)
{
    const int32_t *words = p->weights;
    const int8_t *codebook = p->values;
    for (int32_t o = 0; o < p->output_c; ++o, words += (p->count + 7) / 8, codebook += 16 * p->group) {
        const tc_pair_sums sums = dot(patch, words, codebook, p->count);
        tc_stored_pairs_output(p, o, tc_pair_first(&sums), sums.second, output, pitch);
    }
}

void tc_conv2d_s8_cb4_thumb(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_stored_pairs(p, input, output, (int32_t *)scratch, multiply);
}
