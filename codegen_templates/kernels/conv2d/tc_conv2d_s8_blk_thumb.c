/* conv2d, blocks of 1x4 weights, cores without the DSP extension: two pixels share each weight. */
#include "tc_conv2d_s8_blk_thumb.h"
#include "tc_stored_pairs_thumb.h"

TC_NOINLINE static tc_pair_sums dot(const int32_t *codes, const int8_t *values, const uint8_t *index, int32_t blocks)
{
    tc_pair_sums sums = {0, 0};
    for (; blocks > 0; --blocks, codes += 4, values += 4) {
        codes += 4 * *index++;
        /* two products stay within 16 bits */
        tc_pair_add(&sums, codes[0] * values[0] + codes[1] * values[1]);
        tc_pair_add(&sums, codes[2] * values[2] + codes[3] * values[3]);
    }
    return sums;
}

static void multiply(const tc_stored_params *p, const int32_t *patch, int8_t *output, int32_t pitch)
{
    const int8_t *values = p->values;
    const uint8_t *index = p->index;
    for (int32_t o = 0; o < p->output_c; ++o) {
        const int32_t blocks = p->counts[o];
        const tc_pair_sums sums = dot(patch, values, index, blocks);
        index += blocks;
        values += 4 * blocks;
        tc_stored_pairs_output(p, o, tc_pair_first(&sums), sums.second, output, pitch);
    }
}

void tc_conv2d_s8_blk_thumb(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_stored_pairs(p, input, output, (int32_t *)scratch, multiply);
}
