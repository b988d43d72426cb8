/* linear, weights without their zeros, distances of 4 bits, DSP extension: tc_linear_stored_dsp.h. */
#ifndef TC_LINEAR_S8_CSR_NIBBLES_DSP_H
#define TC_LINEAR_S8_CSR_NIBBLES_DSP_H

#include "tc_linear_stored_dsp.h"

void tc_linear_s8_csr_nibbles_dsp(const tc_linear_stored_dsp_params *p, const int8_t *input, int8_t *output);

#endif
