/* linear, blocks of 1x4 weights, DSP extension: two SMLAD for each block. */
#include "tc_linear_s8_blk_dsp.h"
#include "tc_dsp.h"

static void multiply(const tc_linear_blk_dsp_params *p, const int8_t *input, int8_t *output)
{
    const int32_t rounder = 2 * p->output_zero_point + 1;
    const int32_t *weights = p->weights;
    const uint8_t *index = p->index;
    for (int32_t o = 0; o < p->output_c; ++o) {
        const int32_t word0 = p->requant[2 * o], word1 = p->requant[2 * o + 1];
        const int8_t *codes = input;
        int32_t sum = word0;
        for (int32_t blocks = p->counts[o]; blocks > 0; --blocks, codes += 4) {
            const int32_t w = *weights++;
            codes += 4 * *index++;
            const int32_t four = tc_load_codes(codes);
            sum = tc_smlad(w, tc_odd_codes(four), sum);
            sum = tc_smlad(tc_even_codes(w), tc_mixed_codes(four), sum);
        }
        output[o] = (int8_t)tc_requantize_dsp(sum >> 8, word0, word1, rounder);
    }
}

void tc_linear_s8_blk_dsp(const tc_linear_blk_dsp_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < p->rows; ++row, input += p->input_c, output += p->output_c) {
        multiply(p, input, output);
    }
    output -= (ptrdiff_t)p->rows * p->output_c;
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, p->rows * p->output_c, p->clamp_min, p->clamp_max);
    }
}
