/* linear, weights of 4 bits in groups with factors, DSP extension. */
#include "tc_linear_s4_group_dsp.h"
#include "tc_multiply_1x4_fields_dsp.h"
#include "tc_multiply_1x4_s4_group_dsp.h"

/* The table of the block; returns its end. */
static int32_t *fill(const int8_t *codes, int32_t count, int32_t group, int32_t *table)
{
    for (; count > 0; count -= group, codes += group) {
        const int32_t here = count < group ? count : group;
        *table++ = tc_row_correction_dsp(codes, here, 8);
        *table++ = (here + 3) / 4 + 1;
    }
    table[0] = 0;
    table[1] = 0;
    return table + 2;
}

void tc_linear_s4_group_dsp(const tc_linear_stored_dsp_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_multiply_1x4_stored work;
    work.table = (const int32_t *)scratch;
    for (int32_t row = 0; row < p->rows; ++row, input += p->input_c, output += p->output_c) {
        int32_t *end = fill(input, p->input_c, p->group, (int32_t *)scratch);
        work.codes = input;
        if ((p->input_c & 3) != 0) {
            end[p->input_c / 4] = 0;
            memcpy(end, input, (size_t)p->input_c);
            work.codes = (const int8_t *)end;
        }
        tc_linear_stored_row_dsp(p, output, &work, tc_multiply_1x4_s4_group_dsp);
    }
}
