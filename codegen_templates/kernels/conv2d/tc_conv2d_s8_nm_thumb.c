/* conv2d, N of M weights kept, cores without the DSP extension: two pixels share each weight. */
#include "tc_conv2d_s8_nm_thumb.h"
#include "tc_stored_pairs_thumb.h"

typedef struct {
    const int32_t *words;
    const int8_t *values;
} cursor;

/* Sums of a row; ``from`` moves to the next. With literal numbers the compiler makes a loop for them. */
TC_INLINE tc_pair_sums dot(const int32_t *codes, cursor *from, int32_t groups, int32_t group, int32_t kept,
                           int32_t bits)
{
    tc_pair_sums sums = {0, 0};
    int32_t left = 0;
    uint32_t word = 0;
    for (; groups > 0; --groups, codes += group) {
        for (int32_t i = 0; i < kept; ++i) {
            if (left == 0) {
                word = (uint32_t)*from->words++;
                left = 32;
            }
            tc_pair_add(&sums, codes[word >> (32 - bits)] * *from->values++);
            word <<= bits;
            left -= bits;
        }
    }
    return sums;
}

static void multiply(const tc_stored_params *p, const int32_t *patch, int8_t *output, int32_t pitch)
{
    const int32_t groups = p->count / p->group;
    cursor from = {p->weights, p->values};
    for (int32_t o = 0; o < p->output_c; ++o) {
        tc_pair_sums sums;
        if (p->group == 4 && p->kept == 1) {
            sums = dot(patch, &from, groups, 4, 1, 2);
        } else if (p->group == 4 && p->kept == 2) {
            sums = dot(patch, &from, groups, 4, 2, 2);
        } else {
            sums = dot(patch, &from, groups, p->group, p->kept, p->group == 4 ? 2 : 4);
        }
        tc_stored_pairs_output(p, o, tc_pair_first(&sums), sums.second, output, pitch);
    }
}

void tc_conv2d_s8_nm_thumb(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_stored_pairs(p, input, output, (int32_t *)scratch, multiply);
}
