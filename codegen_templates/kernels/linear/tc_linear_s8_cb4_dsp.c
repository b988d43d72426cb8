/* linear, weights from one codebook of 16, DSP extension: four channels at a time. */
#include "tc_linear_s8_cb4_dsp.h"
#include "tc_multiply_1x4_cb4_dsp.h"

void tc_linear_s8_cb4_dsp(const tc_linear_stored_dsp_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_multiply_1x4_stored work;
    tc_fill_pairs_dsp(p->values, (int32_t *)scratch);
    work.table = (const int32_t *)scratch;
    work.count = p->input_c;
    for (int32_t row = 0; row < p->rows; ++row, input += p->input_c, output += p->output_c) {
        work.codes = input;
        tc_linear_stored_row_dsp(p, output, &work, tc_multiply_1x4_cb4_dsp);
    }
}
