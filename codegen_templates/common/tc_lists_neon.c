/* tc_lists_neon.h says what is where. Code k of a channel goes to byte k / 4 * 32 + k % 4 of those that are the channel's. */
#include "tc_lists_neon.h"
#include "tc_neon.h"

static void clear(int8_t *to, int32_t count)
{
    const int8x16_t zero = vdupq_n_s8(0);
    for (; count > 0; count -= 64, to += 64) { /* eights of channels, eights of codes: a multiple of 64 */
        vst1q_s8(to, zero);
        vst1q_s8(to + 16, zero);
        vst1q_s8(to + 32, zero);
        vst1q_s8(to + 48, zero);
    }
}

/* The blocks of a channel. */
TC_INLINE void unpack_blocks(tc_lists_neon *lists, int32_t count, int8_t *to)
{
    const uint8_t *index = lists->index;
    const int8_t *values = lists->values;

    for (; count > 0; --count, values += 4, to += 32) {
        to += 32 * *index++;
        memcpy(to, values, 4);
    }
    lists->index = index;
    lists->values = values;
}

/* The entries of a channel, by distances of `bits` bits. */
TC_INLINE void unpack_entries(tc_lists_neon *lists, int32_t count, int32_t bits, int8_t *to)
{
    const int8_t *values = lists->values;
    int32_t at = 0;

    for (int32_t i = 0; i < count; ++i, ++at) {
        at += bits == 8 ? lists->index[i] : (lists->index[i / 2] >> (4 * (i % 2))) & 15;
        to[(at & ~3) * 8 + (at & 3)] = values[i];
    }
    lists->index += bits == 8 ? count : (count + 1) / 2;
    lists->values += count;
}

/* The groups of a channel of `codes` codes, places of `bits` bits. */
TC_INLINE void unpack_groups(tc_lists_neon *lists, int32_t codes, int32_t bits, int8_t *to)
{
    const int8_t *values = lists->values;
    uint32_t word = 0;
    int32_t left = 0;

    for (int32_t first = 0; first < codes; first += lists->group, to += 8 * lists->group) {
        for (int32_t i = 0; i < lists->kept; ++i, word <<= bits, --left) {
            if (left == 0) {
                memcpy(&word, lists->index, sizeof word);
                lists->index += sizeof word;
                left = 32 / bits;
            }
            const int32_t at = (int32_t)(word >> (32 - bits));
            to[(at & ~3) * 8 + (at & 3)] = *values++;
        }
    }
    lists->values = values;
}

static void unpack_channel(tc_lists_neon *lists, int32_t codes, int8_t *to)
{
    if (lists->kept != 0) {
        if (lists->bits == 2) {
            unpack_groups(lists, codes, 2, to);
        } else {
            unpack_groups(lists, codes, 4, to);
        }
        return;
    }
    const int32_t count = *lists->counts++;
    if (lists->width == 4) {
        unpack_blocks(lists, count, to);
    } else if (lists->bits == 8) {
        unpack_entries(lists, count, 8, to);
    } else {
        unpack_entries(lists, count, 4, to);
    }
}

void tc_multiply_lists_neon(const tc_product_neon *p, tc_lists_neon lists, const int8_t *input, int8_t *output,
                            int8_t *unpacked)
{
    const int32_t codes = p->rows * p->taps * p->run;
    tc_product_neon part = *p;

    part.weights = unpacked;
    for (int32_t left = p->channels; left > 0; left -= 16) {
        part.channels = left < 16 ? left : 16;
        clear(unpacked, ((part.channels + 7) & ~7) * codes);
        for (int32_t c = 0; c < part.channels; ++c) {
            unpack_channel(&lists, codes, unpacked + c / 8 * 8 * codes + c % 8 * 4);
        }
        tc_multiply_neon(&part, input, output);
        part.requant += 48;
        output += 16;
    }
}
