/* linear, weights without their zeros, distances of 4 bits, DSP extension. */
#include "tc_linear_s8_csr_nibbles_dsp.h"
#include "tc_linear_listed_dsp.h"
#include "tc_multiply_listed_nibbles_dsp.h"

void tc_linear_s8_csr_nibbles_dsp(const tc_linear_stored_dsp_params *p, const int8_t *input, int8_t *output)
{
    tc_linear_listed_dsp(p, input, output, tc_multiply_listed_nibbles_dsp);
}
