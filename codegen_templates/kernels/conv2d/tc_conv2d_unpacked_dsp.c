/* tc_conv2d_unpacked_dsp.h says what is where. */
#include "tc_conv2d_unpacked_dsp.h"

int16_t *tc_conv2d_unpacked_table_dsp(const tc_conv2d_unpacked_dsp_params *p, void *scratch)
{
    return (int16_t *)((int32_t *)scratch + (8 * (ptrdiff_t)p->blocks + 2) * p->units);
}

void tc_conv2d_unpacked_fill_dsp(const int8_t *codes, int16_t *table)
{
    for (int32_t i = 0; i < 16; ++i) {
        for (int32_t j = 0; j < 16; ++j) {
            *table++ = (int16_t)(codes[i] + 256 * codes[j]);
        }
    }
}
