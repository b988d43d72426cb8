/* conv2d, 4-bit weights with a unit a group or a channel, DSP extension: tc_conv2d_unpacked_dsp.h. */
#include "tc_conv2d_s4_group_unpacked_dsp.h"

static const int8_t fields[16] = {0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1};

static void unpack(const tc_conv2d_unpacked_dsp_params *p, int32_t channel, const int16_t *table, int32_t *to)
{
    const int32_t *words = p->weights + (ptrdiff_t)channel * ((p->units + 1) / 2);
    const int32_t lot = p->group > 0 ? p->group / 4 : p->units, lots = (p->units + lot - 1) / lot;
    const int8_t *units = p->values + (ptrdiff_t)channel * lots;
    int32_t left = p->units;
    while (left > 0) {
        const int32_t unit = *units++;
        int32_t here = left < lot ? left : lot;
        left -= here;
        for (; here > 0; here -= 2, to += 4) {
            const uint32_t word = (uint32_t)*words++;
            to[0] = tc_low_halves(unit * table[word >> 24], unit * table[(word >> 16) & 255]);
            if (here > 1) {
                to[2] = tc_low_halves(unit * table[(word >> 8) & 255], unit * table[word & 255]);
            }
        }
    }
}

void tc_conv2d_s4_group_unpacked_dsp(const tc_conv2d_unpacked_dsp_params *p, const int8_t *input, int8_t *output,
                                     void *scratch)
{
    tc_conv2d_unpacked_fill_dsp(fields, tc_conv2d_unpacked_table_dsp(p, scratch));
    tc_conv2d_unpacked_dsp(p, input, output, scratch, unpack);
}
