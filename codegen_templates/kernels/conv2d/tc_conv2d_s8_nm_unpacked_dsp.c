/* conv2d, 1 or 2 of 4 weights, DSP extension: tc_conv2d_unpacked_dsp.h. */
#include "tc_conv2d_s8_nm_unpacked_dsp.h"

/* Pair of the sums of the halves of a and b. */
TC_INLINE int32_t add_halves(int32_t a, int32_t b)
{
    int32_t pair;
    __asm__("sadd16 %0, %1, %2" : "=r"(pair) : "r"(a), "r"(b));
    return pair;
}

/* Halves of a word with a weight at one of its four places, as 256 * w1 + w0 each. */
TC_INLINE int32_t placed(int32_t weight, uint32_t place)
{
    const uint32_t half = (uint32_t)weight << ((place & 1U) * 8U);
    return (int32_t)((place & 2U) != 0 ? half << 16 : half & 0xffffU);
}

static void unpack(const tc_conv2d_unpacked_dsp_params *p, int32_t channel, const int16_t *table, int32_t *to)
{
    const int32_t kept = p->kept, count = p->units * kept, per_word = 16 / kept;
    const int32_t *words = p->weights + (ptrdiff_t)channel * ((count + 15) / 16);
    const int8_t *values = p->values + (ptrdiff_t)channel * count;
    (void)table;
    for (int32_t left = p->units; left > 0; left -= per_word) {
        uint32_t word = (uint32_t)*words++;
        for (int32_t here = left < per_word ? left : per_word; here > 0; --here, to += 2, word <<= 2) {
            int32_t pair = placed(*values++, word >> 30);
            if (kept == 2) {
                word <<= 2;
                pair = add_halves(pair, placed(*values++, word >> 30));
            }
            to[0] = pair;
        }
    }
}

void tc_conv2d_s8_nm_unpacked_dsp(const tc_conv2d_unpacked_dsp_params *p, const int8_t *input, int8_t *output,
                                  void *scratch)
{
    tc_conv2d_unpacked_dsp(p, input, output, scratch, unpack);
}
