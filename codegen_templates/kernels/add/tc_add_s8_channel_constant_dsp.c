/* add, int8, DSP extension: an activation and a constant along the last axis. */
#include "tc_add_s8_channel_constant_dsp.h"

void tc_add_s8_channel_constant_dsp(const tc_add_dsp_params *p, const int8_t *input, int8_t *output)
{
    const int constant_is_major = p->major_index == p->operand_index;

    for (int32_t row = 0; row < p->rows; ++row, input += p->channels, output += p->channels) {
        tc_add_row_dsp(p, constant_is_major ? p->operand : input, constant_is_major ? input : p->operand, output,
                       p->channels);
    }
}
