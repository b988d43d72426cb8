/* Sums of products of signs, 256 each: their number less twice that of those that differ (tc_stored_signs_ref.h). */
#include "tc_stored_signs_ref.h"
#include "tc_stored_window.h"

/* Set bits of each byte, in that byte: 10 instructions for 32 products. */
TC_INLINE uint32_t count_in_bytes(uint32_t bits)
{
    bits -= (bits >> 1) & 0x55555555U;
    bits = (bits & 0x33333333U) + ((bits >> 2) & 0x33333333U);
    return (bits + (bits >> 4)) & 0x0f0f0f0fU;
}

/* Set for codes below the threshold, the first in the highest bit; zero where the last word has no code. */
static void pack_signs(const int8_t *codes, int32_t count, int32_t threshold, uint32_t *signs)
{
    for (; count >= 32; count -= 32, ++signs) {
        uint32_t word = 0;
        for (int32_t i = 0; i < 32; ++i) {
            word = (word << 1) | (uint32_t)(codes[i] < threshold);
        }
        codes += 32;
        *signs = word;
    }
    if (count > 0) {
        uint32_t word = 0;
        for (int32_t i = 0; i < count; ++i) {
            word = (word << 1) | (uint32_t)(codes[i] < threshold);
        }
        *signs = word << (32 - count);
    }
}

/* Signs that differ; bytes are added up before a 32nd word could make one overflow. */
static int32_t count_differing(const uint32_t *signs, const int32_t *weights, int32_t words)
{
    int32_t differing = 0;
    while (words > 0) {
        uint32_t bytes = 0;
        int32_t lot = words < 31 ? words : 31;
        for (words -= lot; lot > 0; --lot) {
            bytes += count_in_bytes(*signs++ ^ (uint32_t)*weights++);
        }
        bytes = (bytes & 0x00ff00ffU) + ((bytes >> 8) & 0x00ff00ffU);
        differing += (int32_t)((bytes & 0xffffU) + (bytes >> 16));
    }
    return differing;
}

void tc_stored_signs_ref(const tc_stored_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    const int32_t words = (p->count + 31) / 32;
    uint32_t *signs = (uint32_t *)scratch;
    int8_t *copy = (int8_t *)(signs + words);

    for (int32_t oy = 0; oy < p->output_h; ++oy) {
        for (int32_t ox = 0; ox < p->output_w; ++ox) {
            const int32_t *weights = p->weights;
            pack_signs(tc_stored_window(p, input, oy, ox, copy), p->count, p->group, signs);
            for (int32_t o = 0; o < p->output_c; ++o, weights += words) {
                const int32_t sum = p->count - 2 * count_differing(signs, weights, words);
                *output++ = tc_stored_output(p, o, sum * 256);
            }
        }
    }
}
