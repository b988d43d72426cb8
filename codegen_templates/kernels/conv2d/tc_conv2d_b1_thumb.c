/* conv2d, binary weights, cores without the DSP extension: two pixels share each weight. */
#include "tc_conv2d_b1_thumb.h"
#include "tc_stored_pairs_thumb.h"

#define NEGATIVE                           \
    t += *codes++ & ((int32_t)word >> 31); \
    word <<= 1;

/* Sums of the codes whose weight is -1; 32 of them stay within 16 bits. */
TC_NOINLINE static tc_pair_sums negatives(const int32_t *codes, const int32_t *words, int32_t count)
{
    tc_pair_sums sums = {0, 0};
    for (; count >= 32; count -= 32) {
        uint32_t word = (uint32_t)*words++;
        int32_t t = 0;
        for (int32_t i = 0; i < 4; ++i) {
            NEGATIVE NEGATIVE NEGATIVE NEGATIVE NEGATIVE NEGATIVE NEGATIVE NEGATIVE
        }
        tc_pair_add(&sums, t);
    }
    if (count > 0) {
        uint32_t word = (uint32_t)*words;
        int32_t t = 0;
        for (; count > 0; --count) {
            NEGATIVE
        }
        tc_pair_add(&sums, t);
    }
    return sums;
}

static void multiply(const tc_stored_params *p, const int32_t *patch, int8_t *output, int32_t pitch)
{
    const int32_t *words = p->weights;
    tc_pair_sums all = {0, 0};
    for (int32_t i = 0; i < p->count; ++i) {
        tc_pair_add(&all, patch[i]);
    }
    for (int32_t o = 0; o < p->output_c; ++o, words += (p->count + 31) / 32) {
        const int32_t unit = p->values != NULL ? p->values[o] : 1;
        const tc_pair_sums sums = negatives(patch, words, p->count);
        tc_stored_pairs_output(p, o, unit * (tc_pair_first(&all) - 2 * tc_pair_first(&sums)),
                               unit * (all.second - 2 * sums.second), output, pitch);
    }
}

void tc_conv2d_b1_thumb(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_stored_pairs(p, input, output, (int32_t *)scratch, multiply);
}
