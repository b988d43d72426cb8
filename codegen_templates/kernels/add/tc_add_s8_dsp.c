/* add, int8, DSP extension: two activations of one shape. */
#include "tc_add_s8_dsp.h"

void tc_add_s8_dsp(const tc_add_dsp_params *p, const int8_t *input0, const int8_t *input1, int8_t *output)
{
    const int first = p->major_index == 0;
    tc_add_row_dsp(p, first ? input0 : input1, first ? input1 : input0, output, p->channels);
}
