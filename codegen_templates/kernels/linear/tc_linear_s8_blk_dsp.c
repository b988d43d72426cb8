/* linear, blocks of 1x4 weights, DSP extension: two SMLAD for each block. */
#include "tc_linear_s8_blk_dsp.h"
#include "tc_dsp.h"
#include "tc_multiply_listed_blocks_dsp.h"

void tc_linear_s8_blk_dsp(const tc_linear_blk_dsp_params *p, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < p->rows; ++row, input += p->input_c, output += p->output_c) {
        const tc_multiply_listed work = {
            input,      p->counts, output,    2 * p->output_zero_point + 1, p->requant + 2 * p->output_c,
            p->weights, p->index,  p->requant};
        tc_multiply_listed_blocks_dsp(&work);
    }
    output -= (ptrdiff_t)p->rows * p->output_c;
    if (p->clamp_min > -128 || p->clamp_max < 127) {
        tc_clamp_codes(output, p->rows * p->output_c, p->clamp_min, p->clamp_max);
    }
}
