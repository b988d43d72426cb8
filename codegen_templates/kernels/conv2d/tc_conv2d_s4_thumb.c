/* conv2d, 4-bit weights, cores without the DSP extension: two pixels share each weight. */
#include "tc_conv2d_s4_thumb.h"
#include "tc_stored_pairs_thumb.h"

#define PRODUCT                            \
    t += *codes++ * ((int32_t)word >> 28); \
    word <<= 4;

/* Sums of ``count`` codes by the fields from ``words`` on; a word's products stay within 16 bits. */
TC_NOINLINE static tc_pair_sums dot(const int32_t *codes, const int32_t *words, int32_t count)
{
    tc_pair_sums sums = {0, 0};
    for (; count >= 8; count -= 8) {
        uint32_t word = (uint32_t)*words++;
        int32_t t = 0;
        PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT PRODUCT tc_pair_add(&sums, t);
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
    const int32_t group = p->group > 0 ? p->group : p->count;
    const int32_t *words = p->weights;
    const int8_t *units = p->values;
    for (int32_t o = 0; o < p->output_c; ++o) {
        const int32_t *codes = patch;
        int32_t sum0 = 0, sum1 = 0;
        for (int32_t left = p->count; left > 0; left -= group, codes += group) {
            const int32_t count = left < group ? left : group, unit = units != NULL ? *units++ : 1;
            const tc_pair_sums sums = dot(codes, words, count);
            sum0 += unit * tc_pair_first(&sums);
            sum1 += unit * sums.second;
            words += (count + 7) / 8;
        }
        tc_stored_pairs_output(p, o, sum0, sum1, output, pitch);
    }
}

void tc_conv2d_s4_thumb(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_stored_pairs(p, input, output, (int32_t *)scratch, multiply);
}
