/* linear, one of each four weights kept, DSP extension: pairs of codes are looked up. */
#include "tc_linear_s8_nm_1of4_dsp.h"
#include "tc_multiply_1x4_nm_1of4_dsp.h"

/* Code i of one four with code j of the next at [4 * j + i]; zeros where there is none; returns the end. */
static const int32_t *fill(const int8_t *codes, int32_t count, int32_t *table)
{
    for (int32_t first = 0; first < count; first += 16) {
        for (int32_t i = first; i < first + 16; i += 8) {
            const int32_t low = i < count ? tc_load_codes(codes + i) : 0;
            const int32_t high = i + 4 < count ? tc_load_codes(codes + i + 4) : 0;
            const int32_t even = tc_even_codes(low), odd = tc_odd_codes(low);
            for (int32_t j = 0; j < 32; j += 8, table += 4) {
                const int32_t code = (int8_t)(high >> j);
                table[0] = tc_low_halves(even, code);
                table[1] = tc_low_halves(odd, code);
                table[2] = tc_low_halves(even >> 16, code);
                table[3] = tc_low_halves(odd >> 16, code);
            }
        }
    }
    return table;
}

void tc_linear_s8_nm_1of4_dsp(const tc_linear_stored_dsp_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_multiply_1x4_stored work;
    work.table = (const int32_t *)scratch;
    for (int32_t row = 0; row < p->rows; ++row, input += p->input_c, output += p->output_c) {
        work.count = 4 * (int32_t)(fill(input, p->input_c, (int32_t *)scratch) - work.table);
        tc_linear_stored_row_dsp(p, output, &work, tc_multiply_1x4_nm_1of4_dsp);
    }
}
