/* conv2d, weights without their zeros, cores without the DSP extension: two pixels share each weight. */
#include "tc_conv2d_s8_csr_thumb.h"
#include "tc_stored_pairs_thumb.h"

TC_NOINLINE static tc_pair_sums dot_bytes(const int32_t *codes, const int8_t *values, const uint8_t *index,
                                          int32_t entries)
{
    tc_pair_sums sums = {0, 0};
    for (; entries > 1; entries -= 2, index += 2, values += 2) {
        const int32_t *second;
        codes += index[0];
        second = codes + 1 + index[1];
        /* two products stay within 16 bits */
        tc_pair_add(&sums, *codes * values[0] + *second * values[1]);
        codes = second + 1;
    }
    if (entries > 0) {
        tc_pair_add(&sums, codes[*index] * *values);
    }
    return sums;
}

TC_NOINLINE static tc_pair_sums dot_nibbles(const int32_t *codes, const int8_t *values, const uint8_t *index,
                                            int32_t entries)
{
    tc_pair_sums sums = {0, 0};
    for (; entries > 1; entries -= 2, values += 2) {
        const int32_t pair = *index++;
        const int32_t *second;
        codes += pair & 15;
        second = codes + 1 + (pair >> 4);
        tc_pair_add(&sums, *codes * values[0] + *second * values[1]);
        codes = second + 1;
    }
    if (entries > 0) {
        tc_pair_add(&sums, codes[*index & 15] * *values);
    }
    return sums;
}

static void multiply(const tc_stored_params *p, const int32_t *patch, int8_t *output, int32_t pitch)
{
    const int8_t *values = p->values;
    const uint8_t *index = p->index;
    for (int32_t o = 0; o < p->output_c; ++o) {
        const int32_t entries = p->counts[o];
        tc_pair_sums sums;
        if (p->group == 8) {
            sums = dot_bytes(patch, values, index, entries);
            index += entries;
        } else {
            sums = dot_nibbles(patch, values, index, entries);
            index += (entries + 1) / 2;
        }
        values += entries;
        tc_stored_pairs_output(p, o, tc_pair_first(&sums), sums.second, output, pitch);
    }
}

void tc_conv2d_s8_csr_thumb(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_stored_pairs(p, input, output, (int32_t *)scratch, multiply);
}
