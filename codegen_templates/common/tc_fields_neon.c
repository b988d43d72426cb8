/* tc_fields_neon.h says what is where. */
#include "tc_fields_neon.h"
#include "tc_neon.h"

/* Two vectors of weights: the lowest fields of a word's bytes, and those above them. */
TC_INLINE uint8x16_t tc_unpack_pair_neon(uint8x16_t word, int8x16_t table, const tc_fields_neon *fields,
                                         int8x16x2_t factors, int8_t *to)
{
    const uint8x16_t mask = vdupq_n_u8((uint8_t)((1 << fields->bits) - 1));
    const int8x16_t down = vdupq_n_s8((int8_t)-fields->bits);
    vst1q_s8(to, vmulq_s8(tc_lookup_neon(table, vandq_u8(word, mask)), factors.val[0]));
    word = vshlq_u8(word, down);
    vst1q_s8(to + 16, vmulq_s8(tc_lookup_neon(table, vandq_u8(word, mask)), factors.val[1]));
    return vshlq_u8(word, down);
}

/* Unpacks the weights of eight channels, `words` words. */
static void tc_unpack_eight_neon(const tc_fields_neon *fields, const int8_t *weights, const int8_t *factors,
                                 int32_t words, int8_t *to)
{
    const int8x16_t table = vld1q_s8(fields->table);
    while (words > 0) {
        const int8x8_t eight = vld1_s8(factors);
        const int8x8x2_t twice = vzip_s8(eight, eight);
        const int8x16_t pairs = vcombine_s8(twice.val[0], twice.val[1]);
        const int8x16x2_t fours = vzipq_s8(pairs, pairs); /* each channel's factor four times */
        const int32_t here = words < fields->lot ? words : fields->lot;
        for (int32_t i = 0; i < here; ++i, weights += 16) {
            uint8x16_t word = vreinterpretq_u8_s8(vld1q_s8(weights));
            for (int32_t bit = 0; bit < 8; bit += 2 * fields->bits, to += 32) {
                word = tc_unpack_pair_neon(word, table, fields, fours, to);
            }
        }
        words -= here;
        factors += 8;
    }
}

void tc_multiply_fields_neon(const tc_product_neon *p, const tc_fields_neon *fields, const int8_t *input,
                             int8_t *output, int8_t *unpacked)
{
    const int32_t bytes = 8 * p->rows * p->taps * ((p->run + 7) & ~7), word = 128 / fields->bits;
    const int32_t words = (bytes + word - 1) / word, lots = (words + fields->lot - 1) / fields->lot;
    const int8_t *weights = fields->weights, *factors = fields->factors;
    tc_product_neon part = *p;

    part.weights = unpacked;
    for (int32_t left = p->channels; left > 0; left -= 16) {
        part.channels = left < 16 ? left : 16;
        for (int32_t c = 0; c < part.channels; c += 8, weights += 16 * words, factors += 8 * lots) {
            tc_unpack_eight_neon(fields, weights, factors, words, unpacked + c / 8 * bytes);
        }
        tc_multiply_neon(&part, input, output);
        part.requant += 48;
        output += 16;
    }
}
