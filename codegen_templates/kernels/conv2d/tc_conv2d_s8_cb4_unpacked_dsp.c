/* conv2d, weights from a codebook of 16, DSP extension: tc_conv2d_unpacked_dsp.h. */
#include "tc_conv2d_s8_cb4_unpacked_dsp.h"

static void unpack(const tc_conv2d_unpacked_dsp_params *p, int32_t channel, const int16_t *table, int32_t *to)
{
    const int32_t *words = p->weights + (ptrdiff_t)channel * ((p->units + 1) / 2);
    int32_t left = p->units;
    for (; left >= 2; left -= 2, to += 4) {
        const uint32_t word = (uint32_t)*words++;
        to[0] = tc_low_halves(table[word >> 24], table[(word >> 16) & 255]);
        to[2] = tc_low_halves(table[(word >> 8) & 255], table[word & 255]);
    }
    if (left > 0) {
        const uint32_t word = (uint32_t)*words;
        to[0] = tc_low_halves(table[word >> 24], table[(word >> 16) & 255]);
    }
}

void tc_conv2d_s8_cb4_unpacked_dsp(const tc_conv2d_unpacked_dsp_params *p, const int8_t *input, int8_t *output,
                                   void *scratch)
{
    tc_conv2d_unpacked_fill_dsp(p->values, tc_conv2d_unpacked_table_dsp(p, scratch));
    tc_conv2d_unpacked_dsp(p, input, output, scratch, unpack);
}
