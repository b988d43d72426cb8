/* linear, two of each four weights kept, DSP extension: pairs of codes are looked up. */
#include "tc_linear_s8_nm_2of4_dsp.h"
#include "tc_multiply_1x4_nm_2of4_dsp.h"

/* The pairs of each four codes, and of zeros where the fours are an odd number; returns their end. */
static const int32_t *fill(const int8_t *codes, int32_t count, int32_t *table)
{
    for (int32_t first = 0; first < count; first += 8) {
        for (int32_t i = first; i < first + 8; i += 4, table += 6) {
            const int32_t four = i < count ? tc_load_codes(codes + i) : 0;
            const int32_t even = tc_even_codes(four), odd = tc_odd_codes(four);
            table[0] = even;
            table[1] = odd;
            table[2] = tc_low_halves(even, odd);
            table[3] = tc_high_halves(even, odd);
            table[4] = tc_pair(even, odd >> 16);
            table[5] = tc_pair(odd, even >> 16);
        }
    }
    return table;
}

void tc_linear_s8_nm_2of4_dsp(const tc_linear_stored_dsp_params *p, const int8_t *input, int8_t *output, void *scratch)
{
    tc_multiply_1x4_stored work;
    work.table = (const int32_t *)scratch;
    for (int32_t row = 0; row < p->rows; ++row, input += p->input_c, output += p->output_c) {
        work.count = 4 * (int32_t)(fill(input, p->input_c, (int32_t *)scratch) - work.table);
        tc_linear_stored_row_dsp(p, output, &work, tc_multiply_1x4_nm_2of4_dsp);
    }
}
